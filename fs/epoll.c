/* fs/epoll.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * epoll: a set of files, and those of them that are ready.
 *
 * For each file in the set there is an item, with a waiter that stays linked
 * into the file (see struct pollwait_s).  When the file tells something, the
 * item goes to the end of the list of those that may be ready, and one task
 * that waits for the set is woken.  epoll_wait() takes items from the front
 * of that list and asks each file what is true now:
 *
 *   nothing any more        the item is left out
 *   EPOLLET                 reported; comes back when the file tells anew
 *   EPOLLONESHOT            reported; silent until EPOLL_CTL_MOD
 *   else (level triggered)  reported and put back at the end, to be asked
 *                           again next time
 *
 * So the cost of a call is that of the items that are ready, however many
 * there are in the set, and with a small array of events all get their turn.
 *
 * Items are found by file and descriptor in a hash table that grows.  A set
 * holds no reference to its files: the last close of a file takes its items
 * out of all sets (epoll_forget()), as Linux does, so that close() of a
 * socket is seen by its peer although the socket is in a set.
 *
 * A set is a file, too, readable when an item may be ready, and can be in
 * another set, though not in a circle nor deeper than EPOLL_DEPTH.
 */

#include "vfs.h"

#include <sys/epoll.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

#define EPOLL_DEPTH   5
#define EPOLL_BUCKETS 8              /* At first; a power of two */

/* Events that are not those of the file, and what a user may ask for */

#define MODES         (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP)
#define KNOWN         (EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP | \
                       EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM | \
                       EPOLLWRBAND | EPOLLMSG | EPOLLRDHUP | MODES)

/* A task that waits, on its stack */

struct epwait_s
{
  FAR struct epwait_s *flink;
  bool woken;
  sem_t sem;
};

struct epoll_s
{
  FAR struct file *filep;            /* The set itself */
  FAR struct epitem_s **bucket;
  unsigned int nbuckets;
  unsigned int nitems;
  FAR struct epitem_s *head;         /* Those that may be ready */
  FAR struct epitem_s *tail;
  FAR struct epwait_s *waiters;      /* First come first */
  struct polllist_s poll;
};

struct epitem_s
{
  FAR struct epoll_s *epoll;
  FAR struct file *filep;
  int fd;
  uint32_t events;                   /* EPOLL*, as asked for */
  epoll_data_t data;
  FAR struct epitem_s *hashnext;
  FAR struct epitem_s *filenext;     /* filep->f_epoll */
  FAR struct epitem_s *next;         /* Ready, both ways */
  FAR struct epitem_s *prev;
  bool ready;                        /* It is in that list */
  bool asking;                       /* Being asked: tells nobody */
  struct pollwait_s pw;
};

/* The list of those that may be ready **************************************/

static void ready_add(FAR struct epitem_s *item)
{
  FAR struct epoll_s *ep = item->epoll;

  if (!item->ready)
    {
      item->ready = true;
      item->next  = NULL;
      item->prev  = ep->tail;
      *(ep->tail != NULL ? &ep->tail->next : &ep->head) = item;
      ep->tail = item;
    }
}

static void ready_del(FAR struct epitem_s *item)
{
  FAR struct epoll_s *ep = item->epoll;

  if (item->ready)
    {
      item->ready = false;
      *(item->prev != NULL ? &item->prev->next : &ep->head) = item->next;
      *(item->next != NULL ? &item->next->prev : &ep->tail) = item->prev;
    }
}

/* Wake the first task that waits for the set, unless it is awake already */

static void epoll_wake(FAR struct epoll_s *ep)
{
  FAR struct epwait_s *wait = ep->waiters;

  if (wait != NULL && !wait->woken)
    {
      wait->woken = true;
      nxsem_post(&wait->sem);
    }
}

static void epoll_notify(FAR struct epoll_s *ep)
{
  epoll_wake(ep);
  poll_notify(&ep->poll, POLLIN | POLLRDNORM);
}

/* From the file, in any context */

static void epoll_told(FAR struct pollwait_s *pw)
{
  FAR struct epitem_s *item = container_of(pw, struct epitem_s, pw);

  if (!item->asking)
    {
      ready_add(item);
      epoll_notify(item->epoll);
    }
}

/* Items ********************************************************************/

static unsigned int item_hash(FAR const struct epoll_s *ep,
                              FAR const struct file *filep, int fd)
{
  uint32_t h = ((uint32_t)((uintptr_t)filep >> 4) ^ (uint32_t)fd *
                0x9e3779b1u) * 0x85ebca6bu;

  return (h >> 12) & (ep->nbuckets - 1);
}

static FAR struct epitem_s *item_find(FAR struct epoll_s *ep,
                                      FAR const struct file *filep, int fd)
{
  FAR struct epitem_s *item = ep->bucket[item_hash(ep, filep, fd)];

  while (item != NULL && (item->filep != filep || item->fd != fd))
    {
      item = item->hashnext;
    }

  return item;
}

static void item_insert(FAR struct epoll_s *ep, FAR struct epitem_s *item)
{
  FAR struct epitem_s **bucket =
    &ep->bucket[item_hash(ep, item->filep, item->fd)];

  item->hashnext = *bucket;
  *bucket        = item;
}

/* Keep the table larger than what is in it; without memory it only gets
 * slower.
 */

static void epoll_grow(FAR struct epoll_s *ep)
{
  FAR struct epitem_s **old = ep->bucket;
  FAR struct epitem_s **bucket;
  unsigned int n = ep->nbuckets;
  unsigned int i;

  if (ep->nitems < n ||
      (bucket = kmm_calloc(2 * n, sizeof(*bucket))) == NULL)
    {
      return;
    }

  ep->bucket   = bucket;
  ep->nbuckets = 2 * n;

  for (i = 0; i < n; i++)
    {
      FAR struct epitem_s *item = old[i];

      while (item != NULL)
        {
          FAR struct epitem_s *next = item->hashnext;

          item_insert(ep, item);
          item = next;
        }
    }

  kmm_free(old);
}

/* Link to the file anew, which tells what is true now: the events of those
 * that were asked for, or a negative errno.
 */

static int item_ask(FAR struct epitem_s *item)
{
  int ret;

  file_poll(item->filep, &item->pw, false);

  item->asking     = true;
  item->pw.revents = 0;
  ret = file_poll(item->filep, &item->pw, true);
  item->asking     = false;

  return ret < 0 ? ret : (unsigned short)item->pw.revents;
}

/* Ask for events from now on; what is true already is told */

static int item_arm(FAR struct epitem_s *item,
                    FAR const struct epoll_event *event)
{
  int ret;

  item->events    = event->events;
  item->data      = event->data;
  item->pw.events = event->events & ~MODES;
  ready_del(item);

  ret = item_ask(item);
  if (ret > 0)
    {
      ready_add(item);
      epoll_notify(item->epoll);
    }

  return ret < 0 ? ret : 0;
}

static void item_delete(FAR struct epitem_s *item)
{
  FAR struct epoll_s *ep = item->epoll;
  FAR struct epitem_s **link;

  file_poll(item->filep, &item->pw, false);
  ready_del(item);

  link = &ep->bucket[item_hash(ep, item->filep, item->fd)];
  while (*link != item)
    {
      link = &(*link)->hashnext;
    }

  *link = item->hashnext;

  link = &item->filep->f_epoll;
  while (*link != item)
    {
      link = &(*link)->filenext;
    }

  *link = item->filenext;
  ep->nitems--;
  kmm_free(item);
}

void epoll_forget(FAR struct file *filep)
{
  while (filep->f_epoll != NULL)
    {
      item_delete(filep->f_epoll);
    }
}

/* A set as a file **********************************************************/

static int epoll_close(FAR struct file *filep)
{
  FAR struct epoll_s *ep = filep->f_priv;
  unsigned int i;

  DEBUGASSERT(ep->waiters == NULL);

  for (i = 0; i < ep->nbuckets; i++)
    {
      while (ep->bucket[i] != NULL)
        {
          item_delete(ep->bucket[i]);
        }
    }

  kmm_free(ep->bucket);
  kmm_free(ep);
  return 0;
}

/* Leave out those that are not ready any more; true if one is left */

static bool epoll_ready(FAR struct epoll_s *ep)
{
  while (ep->head != NULL)
    {
      FAR struct epitem_s *item = ep->head;

      if (item_ask(item) > 0)
        {
          return true;
        }

      ready_del(item);
    }

  return false;
}

static int epoll_poll(FAR struct file *filep, FAR struct pollwait_s *pw,
                      bool setup)
{
  FAR struct epoll_s *ep = filep->f_priv;

  if (setup)
    {
      pollwait_add(&ep->poll, pw);
      if (epoll_ready(ep))
        {
          poll_notify_one(pw, POLLIN | POLLRDNORM);
        }
    }
  else
    {
      pollwait_del(pw);
    }

  return 0;
}

static const struct file_operations g_epoll_ops =
{
  .close = epoll_close,
  .poll  = epoll_poll
};

/* How deep the sets in a set are nested, itself included; more than
 * EPOLL_DEPTH if "top" is among them.
 */

static int epoll_depth(FAR const struct epoll_s *ep,
                       FAR const struct epoll_s *top, int depth)
{
  int deepest = depth;
  unsigned int i;

  if (ep == top || depth > EPOLL_DEPTH)
    {
      return EPOLL_DEPTH + 1;
    }

  for (i = 0; i < ep->nbuckets && deepest <= EPOLL_DEPTH; i++)
    {
      FAR const struct epitem_s *item;

      for (item = ep->bucket[i]; item != NULL; item = item->hashnext)
        {
          if (item->filep->f_ops == &g_epoll_ops)
            {
              int d = epoll_depth(item->filep->f_priv, top, depth + 1);

              deepest = MAX(deepest, d);
            }
        }
    }

  return deepest;
}

/* How many sets are nested around a file, itself included */

static int epoll_height(FAR const struct file *filep, int height)
{
  FAR const struct epitem_s *item;
  int highest = height;

  for (item = filep->f_epoll; item != NULL && highest <= EPOLL_DEPTH;
       item = item->filenext)
    {
      highest = MAX(highest, epoll_height(item->epoll->filep, height + 1));
    }

  return highest;
}

/* Calls ********************************************************************/

int nx_epoll_create(int flags)
{
  FAR struct epoll_s *ep;
  FAR struct file *filep;
  int ret = -ENOMEM;

  if ((flags & ~EPOLL_CLOEXEC) != 0)
    {
      return -EINVAL;
    }

  ep = kmm_zalloc(sizeof(*ep));
  if (ep == NULL)
    {
      return -ENOMEM;
    }

  ep->nbuckets = EPOLL_BUCKETS;
  ep->bucket   = kmm_calloc(EPOLL_BUCKETS, sizeof(*ep->bucket));
  if (ep->bucket != NULL)
    {
      ret = file_alloc(&g_epoll_ops, 0, O_RDWR, "eventpoll", ep, &filep);
    }

  if (ret < 0)
    {
      kmm_free(ep->bucket);
      kmm_free(ep);
      return ret;
    }

  ep->filep = filep;
  ret = file_install(filep, 0, (flags & EPOLL_CLOEXEC) != 0);
  if (ret < 0)
    {
      file_put(filep);
    }

  return ret;
}

static int epoll_add(FAR struct epoll_s *ep, FAR struct file *filep, int fd,
                     FAR const struct epoll_event *event)
{
  FAR struct epitem_s *item;
  int ret;

  /* Files that are always ready have no business here */

  if (filep->f_ops->poll == NULL)
    {
      return -EPERM;
    }

  if (filep->f_ops == &g_epoll_ops &&
      epoll_depth(filep->f_priv, ep, 1) + epoll_height(ep->filep, 1) >
      EPOLL_DEPTH)
    {
      return -ELOOP;
    }

  item = kmm_zalloc(sizeof(*item));
  if (item == NULL)
    {
      return -ENOMEM;
    }

  epoll_grow(ep);
  item->epoll    = ep;
  item->filep    = filep;
  item->fd       = fd;
  item->pw.cb    = epoll_told;
  item->filenext = filep->f_epoll;
  filep->f_epoll = item;
  item_insert(ep, item);
  ep->nitems++;

  ret = item_arm(item, event);
  if (ret < 0)
    {
      item_delete(item);
    }

  return ret;
}

static int epoll_change(FAR struct epoll_s *ep, FAR struct file *filep,
                        int op, int fd,
                        FAR const struct epoll_event *event)
{
  FAR struct epitem_s *item = item_find(ep, filep, fd);

  switch (op)
    {
      case EPOLL_CTL_ADD:
        return item != NULL ? -EEXIST : epoll_add(ep, filep, fd, event);

      case EPOLL_CTL_MOD:
        return item == NULL ? -ENOENT : item_arm(item, event);

      case EPOLL_CTL_DEL:
        if (item == NULL)
          {
            return -ENOENT;
          }

        item_delete(item);
        return 0;

      default:
        return -EINVAL;
    }
}

static int epoll_get(int epfd, FAR struct file **filep)
{
  int ret = file_get(epfd, filep);

  if (ret >= 0 && (*filep)->f_ops != &g_epoll_ops)
    {
      file_put(*filep);
      return -EINVAL;
    }

  return ret < 0 ? ret : 0;
}

int nx_epoll_ctl(int epfd, int op, int fd, FAR struct epoll_event *event)
{
  struct epoll_event copy =
  {
    0
  };

  FAR struct file *set;
  FAR struct file *filep;
  int ret;

  if (op != EPOLL_CTL_DEL)
    {
      if (event == NULL)
        {
          return -EFAULT;
        }

      copy = *event;
      if ((copy.events & ~(uint32_t)KNOWN) != 0)
        {
          return -EINVAL;
        }
    }

  ret = file_get(fd, &filep);
  if (ret < 0)
    {
      return ret;
    }

  ret = epoll_get(epfd, &set);
  if (ret >= 0)
    {
      ret = set == filep ? -EINVAL :
            epoll_change(set->f_priv, filep, op, fd, &copy);
      file_put(set);
    }

  file_put(filep);
  return ret;
}

/* Report up to n items.  Those that stay ready go behind "last", the end of
 * the list as it is now, so that none is looked at twice.
 */

static int epoll_collect(FAR struct epoll_s *ep,
                         FAR struct epoll_event *events, int n)
{
  FAR struct epitem_s *last = ep->tail;
  FAR struct epitem_s *item = NULL;
  int done = 0;

  while (done < n && item != last)
    {
      int revents;

      item    = ep->head;
      revents = item_ask(item);
      ready_del(item);

      if (revents < 0)
        {
          revents = POLLERR;         /* It cannot be asked: so tell that */
        }

      if (revents == 0)
        {
          continue;
        }

      events[done].events = revents;
      events[done].data   = item->data;
      done++;

      if ((item->events & EPOLLONESHOT) != 0)
        {
          /* Errors included: nothing is told before it is armed again */

          item->events &= MODES;
          file_poll(item->filep, &item->pw, false);
        }
      else if ((item->events & EPOLLET) == 0)
        {
          ready_add(item);
        }
    }

  return done;
}

/* Wait in the queue of the set.  Who was woken and leaves, whatever it has
 * found, wakes the next one if there may be more.
 */

static int epoll_sleep(FAR struct epoll_s *ep, uint64_t deadline)
{
  FAR struct epwait_s **link = &ep->waiters;
  struct epwait_s wait;
  int ret;

  while (*link != NULL)
    {
      link = &(*link)->flink;
    }

  nxsem_init(&wait.sem, 0, 0);
  wait.flink = NULL;
  wait.woken = false;
  *link      = &wait;

  ret = nxsem_wait_until(&wait.sem, deadline);

  link = &ep->waiters;
  while (*link != &wait)
    {
      link = &(*link)->flink;
    }

  *link = wait.flink;
  nxsem_destroy(&wait.sem);
  return ret;
}

static int epoll_run(FAR struct epoll_s *ep, FAR struct epoll_event *events,
                     int n, uint64_t deadline)
{
  int done = epoll_collect(ep, events, n);
  int ret = 0;

  while (done == 0 && ret == 0 && deadline > clock_systime_ns())
    {
      ret  = epoll_sleep(ep, deadline);
      done = epoll_collect(ep, events, n);
    }

  if (ep->head != NULL)
    {
      epoll_wake(ep);
    }

  return done > 0 || ret == -ETIMEDOUT ? done : ret;
}

int nx_epoll_wait(int epfd, FAR struct epoll_event *events, int maxevents,
                  uint64_t deadline_ns)
{
  FAR struct file *filep;
  int ret;

  task_testcancel();

  if (maxevents <= 0 ||
      maxevents > INT32_MAX / (int)sizeof(struct epoll_event))
    {
      return -EINVAL;
    }

  if (events == NULL)
    {
      return -EFAULT;
    }

  ret = epoll_get(epfd, &filep);
  if (ret >= 0)
    {
      ret = epoll_run(filep->f_priv, events, maxevents, deadline_ns);
      file_put(filep);
    }

  return ret;
}
