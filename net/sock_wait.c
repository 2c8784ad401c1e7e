/* net/sock_wait.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Waiting on a socket.
 *
 * Any number of tasks may wait inside calls on one socket, some for what a
 * reader wants (data, a connection, the end), others for what a writer wants
 * (room, being connected).  They stand in one list in the order of their
 * priorities, equals in order of arrival, from the first wait of a call
 * until its end.
 *
 * One of the readers and one of the writers at a time is awake because of an
 * event: it holds the baton of its kind.
 *
 *   - An event wakes the first of its kind, unless the baton is out.
 *   - Who has the baton does what it can; when its call ends, or it has to
 *     wait again, it asks the protocol what is true now, and if there is
 *     something left for another, passes the baton on.
 *
 * So a burst of a hundred events wakes one task and not a hundred, no two
 * are woken for one connection to be accepted, and nothing is lost: as long
 * as something is true and somebody waits for it, somebody is awake.  A task
 * that is killed, interrupted or too late when it gets the baton passes it
 * on as well.
 *
 * An error (POLLERR) is for one call only.  A reader gets it, or if there
 * are none a writer; if it is still there afterwards, the next.
 *
 * poll(), select() and epoll have a list of their own: poll_notify().
 */

#include "sock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>

#include <nuttx/clock.h>
#include <nuttx/sched.h>

#define FOR_READERS (POLLIN | POLLHUP | POLLRDHUP | POLLERR)
#define FOR_WRITERS (POLLOUT | POLLHUP)

/* Wake the first of a kind, from "wait" on.  True: the baton is out. */

static bool baton_pass(struct socket *psock, struct sock_wait_s *wait,
                       uint8_t baton)
{
  if ((psock->s_flags & baton) != 0)
    {
      return true;
    }

  while (wait != NULL && wait->baton != baton)
    {
      wait = wait->next;
    }

  if (wait == NULL)
    {
      return false;
    }

  DEBUGASSERT(!wait->woken);
  psock->s_flags |= baton;
  wait->woken = true;
  nxsem_post(&wait->sem);
  return true;
}

static void sock_wake(struct socket *psock, struct sock_wait_s *from,
                      unsigned int events)
{
  bool reader = false;

  if ((events & FOR_READERS) != 0)
    {
      reader = baton_pass(psock, from, SOCK_BATON_READ);
    }

  if ((events & FOR_WRITERS) != 0 || (!reader && (events & POLLERR) != 0))
    {
      baton_pass(psock, from, SOCK_BATON_WRITE);
    }
}

/* The names that poll() has for the same thing */

static unsigned int sock_alias(unsigned int events)
{
  return events | ((events & POLLIN) != 0 ? POLLRDNORM : 0) |
                  ((events & POLLOUT) != 0 ? POLLWRNORM : 0) |
                  ((events & POLLPRI) != 0 ? POLLRDBAND : 0);
}

void sock_event(struct socket *psock, unsigned int events)
{
  if (psock == NULL)
    {
      return;
    }

  if (psock->s_waiters != NULL)
    {
      sock_wake(psock, psock->s_waiters, events);
    }

  if (psock->s_poll.head != NULL)
    {
      poll_notify(&psock->s_poll, sock_alias(events));
    }
}

unsigned int sock_events(struct socket *psock)
{
  return psock->s_sockif->si_poll == NULL ? POLLOUT | POLLWRNORM :
         sock_alias(psock->s_sockif->si_poll(psock));
}

/* The baton comes back.  Those behind "after" may have it if there is
 * something for them: everybody, when the call is over; those further down,
 * if what is there is not enough for this one, who was asked first.
 */

static void baton_return(struct sock_wait_s *wait, struct sock_wait_s *next)
{
  struct socket *psock = wait->psock;

  wait->woken     = false;
  psock->s_flags &= ~wait->baton;

  if (next != NULL)
    {
      sock_wake(psock, next, sock_events(psock));
    }
}

static void sock_wait_link(struct sock_wait_s *wait)
{
  struct sock_wait_s **link = &wait->psock->s_waiters;

  wait->priority = nxsched_self()->sched_priority;
  while (*link != NULL && (*link)->priority >= wait->priority)
    {
      link = &(*link)->next;
    }

  nxsem_init(&wait->sem, 0, 0);
  wait->next   = *link;
  wait->linked = true;
  *link        = wait;
}

static void sock_wait_unlink(struct sock_wait_s *wait)
{
  struct sock_wait_s **link = &wait->psock->s_waiters;

  while (*link != wait)
    {
      link = &(*link)->next;
    }

  *link        = wait->next;
  wait->linked = false;
}

void sock_wait_begin(struct sock_wait_s *wait, struct socket *psock,
                     uint8_t baton, uint64_t timeo)
{
  wait->psock    = psock;
  wait->baton    = baton;
  wait->linked   = false;
  wait->woken    = false;
  wait->deadline = CLOCK_NEVER;

  if (timeo != 0)
    {
      uint64_t now = clock_refresh();

      wait->deadline = timeo < CLOCK_NEVER - now ? now + timeo : CLOCK_NEVER;
    }
}

int sock_wait(struct sock_wait_s *wait)
{
  int ret;

  if (!wait->linked)
    {
      sock_wait_link(wait);
    }
  else if (wait->woken)
    {
      baton_return(wait, wait->next);
    }

  ret = wait->deadline == CLOCK_NEVER ? nxsem_wait(&wait->sem) :
        nxsem_wait_until(&wait->sem, wait->deadline);

  /* It may have been given the baton between the end of its time and now */

  if (ret == -ETIMEDOUT && wait->woken)
    {
      return nxsem_trywait(&wait->sem);
    }

  return ret == -ETIMEDOUT ? -EAGAIN : ret;
}

void sock_wait_end(struct sock_wait_s *wait)
{
  if (wait->linked)
    {
      sock_wait_unlink(wait);
      if (wait->woken)
        {
          baton_return(wait, wait->psock->s_waiters);
        }

      nxsem_destroy(&wait->sem);
    }
}
