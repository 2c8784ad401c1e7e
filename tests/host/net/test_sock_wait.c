/* tests/host/net/test_sock_wait.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Waiting on a socket.  Goal: a wake-up goes to one waiting task whose
 * condition is true; none is lost, and none is for nothing.  Method: a
 * protocol that the test itself is, with a queue of messages and room to
 * send that are set by hand.  It counts how often it was asked: a task that
 * is woken for nothing shows as one call too many.  Time is virtual.
 */

#include "kernel/fs_fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "sock.h"

#define WAITERS 32
#define MS      NSEC_PER_MSEC

/* The protocol */

static struct
{
  struct socket sock;
  struct socket_conn_s conn;
  unsigned int messages;             /* Datagrams, or bytes of a stream */
  unsigned int room;
  unsigned int pending;              /* Connections */
  bool ended;                        /* The stream has */
  int error;
  unsigned int recvs;                /* Calls */
  unsigned int sends;
  unsigned int accepts;
  int order[WAITERS];                /* Who was done, in order */
  int norder;
}
g;

static unsigned int fake_poll(struct socket *psock)
{
  (void)psock;
  return (g.messages > 0 || g.pending > 0 ? POLLIN : 0) |
         (g.ended ? POLLIN | POLLRDHUP : 0) | (g.room > 0 ? POLLOUT : 0) |
         (g.conn.error != 0 ? POLLERR : 0);
}

static ssize_t fake_recvmsg(struct socket *psock, struct sock_msg_s *msg,
                            int flags)
{
  size_t n = MIN(g.messages, msg->uio.resid);

  g.recvs++;
  if (g.messages == 0)
    {
      int ret = conn_take_error(&g.conn);

      return ret < 0 ? ret : g.ended ? 0 : -EAGAIN;
    }

  n = psock->s_type == SOCK_STREAM ? n : 1;
  net_uio_put(&msg->uio, "abcdefghijklmnopqrstuvwxyz", n);
  if ((flags & MSG_PEEK) == 0)
    {
      g.messages -= n;
    }

  return n;
}

static ssize_t fake_sendmsg(struct socket *psock, struct sock_msg_s *msg,
                            int flags)
{
  size_t n = MIN(g.room, msg->uio.resid);
  int ret = conn_take_error(&g.conn);

  (void)psock;
  (void)flags;
  g.sends++;
  if (ret < 0)
    {
      return ret;
    }

  if (n == 0)
    {
      return -EAGAIN;
    }

  net_uio_advance(&msg->uio, n);
  g.room -= n;
  return n;
}

static struct socket_conn_s g_child;

static int fake_accept(struct socket *psock, struct socket *newsock)
{
  (void)psock;
  g.accepts++;
  if (g.pending == 0)
    {
      return -EAGAIN;
    }

  g.pending--;
  newsock->s_conn = &g_child;
  return 0;
}

static int fake_listen(struct socket *psock, int backlog)
{
  (void)psock;
  (void)backlog;
  return 0;
}

static void fake_close(struct socket *psock)
{
  (void)psock;
}

static const struct sock_intf_s g_fake =
{
  .si_listen  = fake_listen,
  .si_accept  = fake_accept,
  .si_sendmsg = fake_sendmsg,
  .si_recvmsg = fake_recvmsg,
  .si_poll    = fake_poll,
  .si_close   = fake_close
};

static void fake_create(int type)
{
  memset(&g, 0, sizeof(g));
  g.sock.s_sockif   = &g_fake;
  g.sock.s_conn     = &g.conn;
  g.sock.s_type     = type;
  g.sock.s_rcvlowat = 1;
  g.conn.psock      = &g.sock;
}

static void fake_arrive(unsigned int n)
{
  g.messages += n;
  sock_event(&g.sock, POLLIN);
}

/* Tasks */

static int done(intptr_t who)
{
  g.order[g.norder++] = (int)who;
  return 0;
}

static int reader(void *arg)
{
  char c;

  EQ(psock_recvfrom(&g.sock, &c, 1, 0, NULL, NULL), 1);
  return done((intptr_t)arg);
}

static int acceptor(void *arg)
{
  struct socket *newsock;

  EQ(psock_accept(&g.sock, NULL, NULL, &newsock, 0), 0);
  psock_close(newsock);
  return done((intptr_t)arg);
}

static int writer(void *arg)
{
  EQ(psock_sendto(&g.sock, "x", 1, 0, NULL, 0), 1);
  return done((intptr_t)arg);
}

/* Start n of a kind, all of them waiting in the end */

static void crowd(int (*fn)(void *arg), pid_t *pid, int n)
{
  intptr_t i;

  for (i = 0; i < n; i++)
    {
      pid[i] = start(fn, (void *)i);
      nxsched_yield();
    }
}

/* Let all run that can, without time */

static void settle(void)
{
  int i;

  for (i = 0; i < 4 * WAITERS; i++)
    {
      nxsched_yield();
    }
}

/* One message: one of 32 is woken, the first that came */

SCENARIO(one_for_one)
{
  pid_t pid[WAITERS];
  int i;

  fake_create(SOCK_DGRAM);
  crowd(reader, pid, WAITERS);
  EQ(g.recvs, WAITERS);

  for (i = 0; i < WAITERS; i++)
    {
      fake_arrive(1);
      settle();
      EQ(g.recvs, WAITERS + i + 1);
      EQ(g.norder, i + 1);
      EQ(g.order[i], i);
      EQ(reap(pid[i]), 0);
    }

  CHECK(g.sock.s_waiters == NULL);
  EQ(g.sock.s_flags, 0);
}

/* As many messages as waiters at once, with an event for each: every one is
 * asked once more; with one event for all the same.
 */

SCENARIO(burst)
{
  pid_t pid[WAITERS];
  int round;
  int i;

  for (round = 0; round < 2; round++)
    {
      fake_create(SOCK_DGRAM);
      crowd(reader, pid, WAITERS);

      for (i = 0; i < WAITERS && round == 0; i++)
        {
          fake_arrive(1);
        }

      if (round == 1)
        {
          fake_arrive(WAITERS);
        }

      settle();
      EQ(g.recvs, 2 * WAITERS);
      EQ(g.norder, WAITERS);
      for (i = 0; i < WAITERS; i++)
        {
          EQ(reap(pid[i]), 0);
        }
    }
}

/* Twenty events for three messages: three are woken */

SCENARIO(events_without_messages)
{
  pid_t pid[WAITERS];
  int i;

  fake_create(SOCK_DGRAM);
  crowd(reader, pid, WAITERS);
  g.messages = 3;
  for (i = 0; i < 20; i++)
    {
      sock_event(&g.sock, POLLIN);
    }

  settle();
  EQ(g.recvs, WAITERS + 3);
  EQ(g.norder, 3);

  fake_arrive(WAITERS - 3);
  settle();
  EQ(g.recvs, 2 * WAITERS);
  for (i = 0; i < WAITERS; i++)
    {
      EQ(reap(pid[i]), 0);
    }
}

/* Those who were woken and have not run yet */

static int ready_tasks(const pid_t *pid, int n)
{
  int ready = 0;

  while (n-- > 0)
    {
      ready += nxsched_get_tcb(pid[n])->state == TSTATE_READY;
    }

  return ready;
}

/* No herd on accept: three connections are three calls, and none finds an
 * empty queue
 */

SCENARIO(accept_herd)
{
  pid_t pid[8];
  int i;

  fake_create(SOCK_STREAM);
  EQ(psock_listen(&g.sock, 5), 0);
  crowd(acceptor, pid, 8);
  EQ(g.accepts, 0);

  g.pending = 3;
  sock_event(&g.sock, POLLIN);
  sock_event(&g.sock, POLLIN);
  sock_event(&g.sock, POLLIN);
  EQ(ready_tasks(pid, 8), 1);
  settle();
  EQ(g.accepts, 3);
  EQ(g.norder, 3);

  g.pending = 5;
  sock_event(&g.sock, POLLIN);
  settle();
  EQ(g.accepts, 8);
  for (i = 0; i < 8; i++)
    {
      EQ(reap(pid[i]), 0);
    }
}

/* Readers are not woken for room, nor writers for messages */

SCENARIO(directions)
{
  pid_t in[2];
  pid_t out[2];

  fake_create(SOCK_DGRAM);
  crowd(reader, in, 2);
  crowd(writer, out, 2);

  g.room = 1;
  sock_event(&g.sock, POLLOUT);
  settle();
  EQ(g.recvs, 2);
  EQ(g.sends, 3);

  fake_arrive(1);
  settle();
  EQ(g.recvs, 3);
  EQ(g.sends, 3);

  g.room     = 1;
  g.messages = 1;
  sock_event(&g.sock, POLLIN | POLLOUT);
  settle();
  EQ(g.norder, 4);
  EQ(reap(in[0]) + reap(in[1]) + reap(out[0]) + reap(out[1]), 0);
}

/* A task is killed, and a message comes before it has run: it stands in the
 * list still, and passes on what it was woken for.  The other way round the
 * kill is too late, and it takes the message with it.
 */

static int doomed(void *arg)
{
  char c;
  ssize_t n = psock_recvfrom(&g.sock, &c, 1, 0, NULL, NULL);

  CHECK(n == 1 || n == -EINTR);
  return n == 1 ? done((intptr_t)arg) : 0;
}

SCENARIO(killed_with_the_baton)
{
  pid_t pid[2];
  int round;

  for (round = 0; round < 2; round++)
    {
      fake_create(SOCK_DGRAM);
      crowd(doomed, pid, 2);

      if (round == 1)
        {
          fake_arrive(1);
        }

      EQ(nxsched_kill(pid[0], SIGKILL), 0);
      if (round == 0)
        {
          fake_arrive(1);
        }

      settle();
      EQ(g.norder, 1);
      EQ(g.order[0], 1 - round);
      EQ(g.messages, 0);
      fake_arrive(round);
      reap(pid[0]);
      EQ(reap(pid[1]), 0);
      CHECK(g.sock.s_waiters == NULL);
    }
}

/* A message at the very moment at which the first one's time is over.  One
 * of the two gets it, whoever runs first.
 */

static int hurried(void *arg)
{
  char c;
  ssize_t n = psock_recvfrom(&g.sock, &c, 1, 0, NULL, NULL);

  CHECK(n == 1 || n == -EAGAIN);
  if (n == 1)
    {
      done((intptr_t)arg);
    }

  return 0;
}

static void arrive_later(wdparm_t arg)
{
  (void)arg;
  fake_arrive(1);
}

SCENARIO(late_with_the_baton)
{
  static struct wdog_s wdog;
  pid_t pid[2];
  int round;

  for (round = 0; round < 2; round++)
    {
      fake_create(SOCK_DGRAM);
      memset(&wdog, 0, sizeof(wdog));
      g.sock.s_rcvtimeo = 1 * MS;

      if (round == 0)
        {
          wd_start(&wdog, 1000, arrive_later, 0);
        }

      pid[0] = start(hurried, NULL);
      nxsched_yield();
      if (round == 1)
        {
          wd_start(&wdog, 1000, arrive_later, 0);
        }

      g.sock.s_rcvtimeo = 0;
      pid[1] = start(reader, (void *)1);
      sleep_ms(5);
      EQ(g.norder, 1);
      EQ(g.messages, 0);
      fake_arrive(g.order[0] == 0);
      EQ(reap(pid[0]), 0);
      EQ(reap(pid[1]), 0);
    }
}

/* Somebody who does not wait is faster: who was woken waits on, in its place
 */

SCENARIO(stolen)
{
  pid_t pid[2];
  char c;

  fake_create(SOCK_DGRAM);
  crowd(reader, pid, 2);
  fake_arrive(1);
  EQ(psock_recvfrom(&g.sock, &c, 1, MSG_DONTWAIT, NULL, NULL), 1);
  settle();
  EQ(g.norder, 0);
  fake_arrive(1);
  settle();
  EQ(g.norder, 1);
  EQ(g.order[0], 0);
  fake_arrive(1);
  EQ(reap(pid[0]) + reap(pid[1]), 0);
}

/* What is not enough for the first may be for the second */

static int peeker(void *arg)
{
  char buf[10];

  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_PEEK | MSG_WAITALL, NULL, NULL),
     10);
  EQ(memcmp(buf, "abcdefghij", 10), 0);
  return done((intptr_t)arg);
}

static int all(void *arg)
{
  char buf[10];

  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL), 10);
  return done((intptr_t)arg);
}

SCENARIO(not_enough)
{
  pid_t pid[2];

  fake_create(SOCK_STREAM);
  pid[0] = start(peeker, (void *)7);
  nxsched_yield();
  pid[1] = start(reader, (void *)8);
  nxsched_yield();

  fake_arrive(1);
  settle();
  EQ(g.norder, 1);
  EQ(g.order[0], 8);

  fake_arrive(4);
  settle();
  EQ(g.norder, 1);
  fake_arrive(6);
  settle();
  EQ(g.norder, 2);
  EQ(g.messages, 10);
  EQ(reap(pid[0]) + reap(pid[1]), 0);
}

SCENARIO(wait_for_all)
{
  pid_t pid;
  char buf[10];

  fake_create(SOCK_STREAM);
  pid = start(all, NULL);
  fake_arrive(4);
  settle();
  EQ(g.norder, 0);
  fake_arrive(5);
  settle();
  EQ(g.norder, 0);
  fake_arrive(3);
  settle();
  EQ(g.norder, 1);
  EQ(g.messages, 2);
  EQ(reap(pid), 0);

  /* The end of the stream is the end of waiting for all */

  g.ended = true;
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL), 2);
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL), 0);
  g.messages = 3;
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_PEEK | MSG_WAITALL, NULL, NULL),
     3);
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_DONTWAIT, NULL, NULL), 3);

  /* So is a time-out, and an error, which is for the next call */

  g.ended    = false;
  g.messages = 5;
  g.sock.s_rcvtimeo = 2 * MS;
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL), 5);
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL), -EAGAIN);
  g.messages   = 5;
  g.conn.error = ECONNRESET;
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL), 5);
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL),
     -ECONNRESET);
  EQ(psock_recvfrom(&g.sock, buf, 10, MSG_WAITALL, NULL, NULL), -EAGAIN);
}

/* SO_RCVLOWAT is a smaller "all" */

SCENARIO(low_water)
{
  char buf[10];

  fake_create(SOCK_STREAM);
  g.sock.s_rcvlowat = 4;
  g.sock.s_rcvtimeo = 2 * MS;
  g.messages = 3;
  EQ(psock_recvfrom(&g.sock, buf, 10, 0, NULL, NULL), 3);
  EQ(g.recvs, 2);
  g.messages = 3;
  EQ(psock_recvfrom(&g.sock, buf, 2, 0, NULL, NULL), 2);
  EQ(g.recvs, 3);
  g.messages = 4;
  EQ(psock_recvfrom(&g.sock, buf, 10, 0, NULL, NULL), 4);
  EQ(g.recvs, 4);
}

/* An error is for one of many: the others sleep on */

static int failing(void *arg)
{
  char c;
  ssize_t n = psock_recvfrom(&g.sock, &c, 1, 0, NULL, NULL);

  CHECK(n == 1 || n == -ECONNREFUSED);
  if (n < 0)
    {
      done((intptr_t)arg);
    }

  return 0;
}

SCENARIO(error_for_one)
{
  pid_t pid[4];
  pid_t out;
  int i;

  fake_create(SOCK_DGRAM);
  out = start(writer, (void *)9);
  nxsched_yield();
  crowd(failing, pid, 4);
  conn_error(&g.conn, ECONNREFUSED);
  settle();
  EQ(g.norder, 1);
  EQ(g.recvs, 5);
  EQ(g.sends, 1);
  fake_arrive(3);
  g.room = 1;
  sock_event(&g.sock, POLLOUT);
  for (i = 0; i < 4; i++)
    {
      EQ(reap(pid[i]), 0);
    }

  EQ(reap(out), 0);
}

/* Higher priorities first */

static int ranked(void *arg)
{
  nxsched_set_priority(nxsched_self(), SCHED_PRIORITY_DEFAULT +
                                       ((intptr_t)arg == 1 ? 10 : -10));
  return reader(arg);
}

SCENARIO(priorities)
{
  pid_t pid[3];
  intptr_t i;

  fake_create(SOCK_DGRAM);
  for (i = 0; i < 3; i++)
    {
      pid[i] = start(ranked, (void *)i);
      sleep_ms(1);
    }

  for (i = 0; i < 3; i++)
    {
      fake_arrive(1);
      sleep_ms(1);
    }

  EQ(g.order[0], 1);
  EQ(g.order[1], 0);
  EQ(g.order[2], 2);
  EQ(reap(pid[0]) + reap(pid[1]) + reap(pid[2]), 0);
}

/* A microsecond is a time-out like another, and takes no longer */

SCENARIO(short_timeout)
{
  uint64_t before;
  char c;

  fake_create(SOCK_DGRAM);
  g.sock.s_rcvtimeo = 1000;
  before = clock_refresh();
  EQ(psock_recvfrom(&g.sock, &c, 1, 0, NULL, NULL), -EAGAIN);
  EQ(clock_refresh() - before, 1000);
  EQ(psock_recvfrom(&g.sock, &c, 1, MSG_DONTWAIT, NULL, NULL), -EAGAIN);
  EQ(clock_refresh() - before, 1000);
  EQ(g.recvs, 2);
  CHECK(g.sock.s_waiters == NULL);
}

/* A stream that takes a part: the rest when there is room, and what was
 * taken when the time is over or the connection breaks
 */

static int sender(void *arg)
{
  (void)arg;
  EQ(psock_sendto(&g.sock, "0123456789", 10, 0, NULL, 0), 10);
  return done(0);
}

SCENARIO(partial_send)
{
  pid_t pid;

  fake_create(SOCK_STREAM);
  g.room = 4;
  pid = start(sender, NULL);
  settle();
  EQ(g.room, 0);
  g.room = 6;
  sock_event(&g.sock, POLLOUT);
  settle();
  EQ(g.norder, 1);
  EQ(reap(pid), 0);

  g.room = 3;
  EQ(psock_sendto(&g.sock, "0123456789", 10, MSG_DONTWAIT, NULL, 0), 3);
  EQ(psock_sendto(&g.sock, "0123456789", 10, MSG_DONTWAIT, NULL, 0),
     -EAGAIN);
  g.room = 3;
  g.sock.s_sndtimeo = 2 * MS;
  EQ(psock_sendto(&g.sock, "0123456789", 10, 0, NULL, 0), 3);
  EQ(psock_sendto(&g.sock, "0123456789", 10, 0, NULL, 0), -EAGAIN);
}

/* Walking through the user's memory */

SCENARIO(user_memory)
{
  char a[3];
  char b[5];
  char from[] = "odd and even";
  struct iovec iov[4] =
  {
    { NULL, 0 }, { a, 3 }, { NULL, 0 }, { b, 5 }
  };

  struct net_uio_s uio;
  char to[13];
  size_t n;

  EQ(net_uio_init(&uio, iov, 4), 0);
  EQ(uio.resid, 8);
  net_uio_put(&uio, "abcdefgh", 8);
  EQ(memcmp(a, "abc", 3), 0);
  EQ(memcmp(b, "defgh", 5), 0);
  CHECK(net_uio_piece(&uio, &n) == NULL && n == 0);

  EQ(net_uio_init(&uio, iov, -1), -EINVAL);
  EQ(net_uio_init(&uio, iov, 1025), -EMSGSIZE);
  EQ(net_uio_init(&uio, NULL, 1), -EFAULT);
  iov[0].iov_len = SSIZE_MAX;
  EQ(net_uio_init(&uio, iov, 4), -EFAULT);
  iov[0].iov_base = from;
  EQ(net_uio_init(&uio, iov, 4), -EINVAL);

  /* The sum of a whole in pieces of odd lengths is that of the whole */

  for (n = 0; n < 12; n++)
    {
      struct iovec piece[3] =
      {
        { from, n / 2 }, { from + n / 2, n - n / 2 }, { from + n, 12 - n }
      };

      EQ(net_uio_init(&uio, piece, 3), 0);
      EQ(net_csum_fold(net_uio_get_csum(&uio, to, 12)),
         net_csum_fold(net_csum(from, 12, 0)));
      EQ(memcmp(to, from, 12), 0);
      EQ(uio.resid, 0);
    }
}

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    scenario(one_for_one),
    scenario(burst),
    scenario(events_without_messages),
    scenario(accept_herd),
    scenario(directions),
    scenario(killed_with_the_baton),
    scenario(late_with_the_baton),
    scenario(stolen),
    scenario(not_enough),
    scenario(wait_for_all),
    scenario(low_water),
    scenario(error_for_one),
    scenario(priorities),
    scenario(short_timeout),
    scenario(partial_send),
    scenario(user_memory)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
