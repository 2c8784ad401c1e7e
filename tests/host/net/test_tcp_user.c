/* tests/host/net/test_tcp_user.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The user's calls on a TCP socket.  Goal: each call does, and each error and
 * each state of poll() is, what programs written for Linux expect.  Method:
 * two sockets on 127.0.0.1; time is virtual.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>
#include <linux/tcp.h>

#include <cmocka.h>

#include "tcp_remote.h"

static int connect_to(struct socket *sock, uint32_t addr, uint16_t port,
                      int flags)
{
  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  sin.sin_family      = AF_INET;
  sin.sin_port        = htons(port);
  sin.sin_addr.s_addr = htonl(addr);
  return psock_connect(sock, (struct sockaddr *)&sin, sizeof(sin), flags);
}

/* Both ends write and read, close one after the other */

static void echo(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);

  CHECK_EQ(sock_write(sock, 0, 1000), 1000);
  stack_sleep(NET_MSEC);
  CHECK_EQ(sock_read(peer, 0, 4000), 1000);
  CHECK_EQ(sock_write(peer, 0, 70000), 70000);
  stack_sleep(NET_SEC);
  CHECK_EQ(sock_read(sock, 0, 100000), 70000);
  CHECK_EQ(sock_read(sock, 0, 1), -EAGAIN);

  psock_close(sock);
  stack_sleep(NET_SEC);
  CHECK_EQ(sock_read(peer, 0, 1), 0);
  psock_close(peer);
  stack_sleep(120 * NET_SEC);
}

/* A socket that was never connected */

static void fresh(void)
{
  struct socket *sock = sock_new();

  CHECK_EQ(sock_poll(sock), POLLOUT | POLLHUP);
  CHECK_EQ(sock_read(sock, 0, 1), -ENOTCONN);
  CHECK_EQ(sock_write(sock, 0, 1), -EPIPE);
  CHECK_EQ(psock_shutdown(sock, SHUT_RDWR), -ENOTCONN);
  CHECK_EQ(psock_shutdown(sock, 7), -EINVAL);
  CHECK_EQ(sock_ioctl(sock, FIONREAD), 0);
  CHECK_EQ(connect_to(sock, 0xe0000001, 80, 0), -ENETUNREACH);
  CHECK_EQ(connect_to(sock, INADDR_LOOPBACK, 0, 0), -ECONNREFUSED);
  psock_close(sock);
}

/* Nobody listens: the error once, and the socket can be used again */

static void refused(void)
{
  struct socket *listener;
  struct socket *sock = sock_new();
  struct socket *peer;

  CHECK_EQ(connect_to(sock, INADDR_LOOPBACK, 99, 0), -ECONNREFUSED);
  CHECK_EQ(connect_to(sock, INADDR_LOOPBACK, 99, MSG_DONTWAIT),
           -EINPROGRESS);
  stack_sleep(NET_MSEC);
  CHECK_EQ(sock_poll(sock), POLLIN | POLLOUT | POLLRDHUP | POLLHUP |
           POLLERR);
  CHECK_EQ(sock_get_int(sock, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
  CHECK_EQ(sock_get_int(sock, SOL_SOCKET, SO_ERROR), 0);

  listener = sock_listen(99, 1);
  CHECK_EQ(connect_to(sock, 0, 99, 0), 0);
  CHECK_EQ(connect_to(sock, INADDR_LOOPBACK, 99, 0), -EISCONN);
  stack_sleep(0);
  peer = sock_accept_now(listener);
  CHECK(peer != NULL);
  CHECK_EQ(sock_poll(sock), POLLOUT);
  psock_close(sock);
  psock_close(peer);
  psock_close(listener);
  stack_sleep(120 * NET_SEC);
}

/* poll() on the way from established to closed, in both directions */

static void poll_states(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);
  int lowat = 10;

  CHECK_EQ(sock_write(peer, 0, 9), 9);
  stack_sleep(NET_MSEC);
  CHECK_EQ(sock_poll(sock), POLLIN | POLLOUT);
  CHECK_EQ(psock_setsockopt(sock, SOL_SOCKET, SO_RCVLOWAT, &lowat,
                            sizeof(lowat)), 0);
  CHECK_EQ(sock_poll(sock), POLLOUT);
  CHECK_EQ(sock_ioctl(sock, FIONREAD), 9);
  CHECK_EQ(sock_read(sock, 0, 100), 9);

  CHECK_EQ(psock_shutdown(sock, SHUT_WR), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(sock_write(sock, 0, 1), -EPIPE);
  CHECK_EQ(sock_poll(sock), POLLOUT);
  CHECK_EQ(sock_poll(peer), POLLIN | POLLOUT | POLLRDHUP);
  CHECK_EQ(sock_read(peer, 0, 1), 0);
  CHECK_EQ(sock_write(peer, 9, 20), 20);
  CHECK_EQ(psock_shutdown(peer, SHUT_WR), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(sock_poll(sock), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
  CHECK_EQ(sock_read(sock, 9, 100), 20);
  CHECK_EQ(sock_read(sock, 0, 100), 0);
  psock_close(sock);
  psock_close(peer);
  stack_sleep(120 * NET_SEC);
}

/* Linger 0, and unread data, reset; the other end is told once */

static void aborted(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);

  sock->s_linger = 0;
  psock_close(sock);
  stack_sleep(NET_MSEC);
  CHECK_EQ(sock_poll(peer), POLLIN | POLLOUT | POLLRDHUP | POLLHUP |
           POLLERR);
  CHECK_EQ(sock_read(peer, 0, 1), -ECONNRESET);
  CHECK_EQ(sock_read(peer, 0, 1), 0);
  CHECK_EQ(sock_write(peer, 0, 1), -EPIPE);
  psock_close(peer);
  CHECK_EQ(stack_stat("tcp.tcpabortonlinger"), 1);

  sock = sock_pair(&peer);
  CHECK_EQ(sock_write(peer, 0, 10), 10);
  stack_sleep(NET_MSEC);
  psock_close(sock);
  stack_sleep(NET_MSEC);
  CHECK_EQ(sock_write(peer, 0, 1), -ECONNRESET);
  psock_close(peer);
  CHECK_EQ(stack_stat("tcp.tcpabortonclose"), 1);
}

/* Options: values, limits, and what there is not */

static void options(void)
{
  static const int known[][2] =
  {
    { TCP_NODELAY, 1 }, { TCP_CORK, 1 }, { TCP_KEEPIDLE, 30 },
    { TCP_KEEPINTVL, 5 }, { TCP_KEEPCNT, 3 }, { TCP_USER_TIMEOUT, 12345 },
    { TCP_MAXSEG, 1000 }, { TCP_QUICKACK, 1 }, { TCP_WINDOW_CLAMP, 20000 }
  };

  struct socket *sock = sock_new();
  struct tcp_info info;
  socklen_t len = sizeof(info);
  unsigned int i;

  for (i = 0; i < nitems(known); i++)
    {
      CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, known[i][0], known[i][1]),
               0);
      CHECK_EQ(sock_get_int(sock, IPPROTO_TCP, known[i][0]), known[i][1]);
    }

  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_KEEPIDLE, 0), -EINVAL);
  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_KEEPCNT, 128), -EINVAL);
  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_MAXSEG, 40), -EINVAL);
  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_USER_TIMEOUT, -1), -EINVAL);
  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, 999, 1), -ENOPROTOOPT);
  CHECK_EQ(sock_get_int(sock, IPPROTO_TCP, 999), -ENOPROTOOPT);
  CHECK_EQ(psock_setsockopt(sock, IPPROTO_TCP, TCP_CONGESTION, "none", 4),
           -ENOENT);
  CHECK_EQ(psock_setsockopt(sock, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5),
           0);
  CHECK_EQ(psock_getsockopt(sock, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
  CHECK_EQ(len, sizeof(info));
  CHECK_EQ(info.tcpi_state, TCPS_CLOSED);
  psock_close(sock);
}

/* A writer who polls waits for what all rows together have, not for his own.
 * He is told when some of his is acknowledged; before he writes others take
 * the room.  He is told again when that is over, with the next
 * acknowledgement: poll() has said "no", so somebody waits.
 */

#define OTHERS 32

static struct socket *g_reader[OTHERS];
static struct socket *g_other[OTHERS];

static void count_event(struct pollwait_s *pw)
{
  (*(unsigned int *)pw->arg)++;
}

static void read_some(struct socket *sock, size_t len)
{
  static char data[1000];

  while (len > 0)
    {
      ssize_t n = psock_recvfrom(sock, data, MIN(len, sizeof(data)),
                                 MSG_DONTWAIT, NULL, NULL);

      if (n <= 0)
        {
          break;
        }

      len -= n;
    }

  stack_sleep(NET_MSEC);
}

/* Rows of others, until there is no more for anybody, and stays so: peers
 * take what their buffers hold.
 */

static unsigned int fill_all(struct socket *sock)
{
  unsigned int n;

  for (n = 0; n < OTHERS && tcp_sndbuf_space(sock_conn(sock)) > 0; n++)
    {
      unsigned int idle = 0;

      g_other[n] = sock_pair(&g_reader[n]);
      while (idle < 5)
        {
          idle = sock_write(g_other[n], 0, 10000) > 0 ? 0 : idle + 1;
          stack_sleep(idle > 0 ? NET_SEC : NET_MSEC);
        }
    }

  CHECK_EQ(tcp_sndbuf_space(sock_conn(sock)), 0);
  return n;
}

static void waits_for_others(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);
  unsigned int told = 0;
  unsigned int i;
  unsigned int n;

  struct pollwait_s wait =
  {
    .events = POLLOUT,
    .cb     = count_event,
    .arg    = &told
  };

  CHECK_EQ(sock_set_int(sock, SOL_SOCKET, SO_SNDBUF, 400000), 0);
  while (tcp_sndbuf_unacked(sock_conn(sock)) < 300000)
    {
      CHECK_EQ(sock_write(sock, 0, 10000), 10000);
      stack_sleep(NET_MSEC);
    }

  n = fill_all(sock);
  pollwait_add(&sock->s_poll, &wait);
  while (sock_write(sock, 0, 10000) > 0)
    {
    }

  CHECK_EQ(sock_poll(sock), 0);
  told = 0;
  for (i = 0; i < 30 && told == 0; i++)
    {
      read_some(peer, 10000);
    }

  CHECK(told > 0);
  for (i = 0; i < n; i++)
    {
      while (sock_write(g_other[i], 0, 10000) > 0)
        {
        }
    }

  CHECK(tcp_sndbuf_unacked(sock_conn(sock)) > 0);
  CHECK_EQ(tcp_sndbuf_space(sock_conn(sock)), 0);
  CHECK_EQ(sock_poll(sock), 0);

  told = 0;
  while (n-- > 0)
    {
      g_other[n]->s_linger = 0;
      psock_close(g_other[n]);
      psock_close(g_reader[n]);
    }

  stack_sleep(NET_SEC);
  for (n = 0; n < 100 && told == 0; n++)
    {
      read_some(peer, 10000);
    }

  CHECK(told > 0);
  CHECK_EQ(sock_poll(sock), POLLOUT);
  pollwait_del(&wait);
  sock->s_linger = 0;
  psock_close(sock);
  psock_close(peer);
  stack_sleep(120 * NET_SEC);
}

/* All rows together are full, none of these is.  One of them is aborted while
 * it waits: the others are told at once, without an ACK of their own, whether
 * they wait in poll(), or in a call.
 */

#define MANY 4

static unsigned int g_done;

static void write_waits(void *arg)
{
  static char data[70000];
  struct socket **sock = arg;

  CHECK_EQ(psock_sendto(*sock, data, sizeof(data), 0, NULL, 0),
           (ssize_t)sizeof(data));
  g_done++;
}

static void told_when_others_free(void)
{
  struct socket *peer[MANY];
  struct socket *sock[MANY];
  unsigned int told = 0;
  int pid[2];
  unsigned int i;
  unsigned int n;

  struct pollwait_s wait =
  {
    .events = POLLOUT,
    .cb     = count_event,
    .arg    = &told
  };

  for (i = 0; i < MANY; i++)
    {
      sock[i] = sock_pair(&peer[i]);
      CHECK_EQ(sock_set_int(sock[i], SOL_SOCKET, SO_SNDBUF, 600000), 0);
      while (tcp_sndbuf_unacked(sock_conn(sock[i])) < 200000)
        {
          CHECK_EQ(sock_write(sock[i], 0, 10000), 10000);
          stack_sleep(NET_MSEC);
        }
    }

  n = fill_all(sock[0]);
  pollwait_add(&sock[0]->s_poll, &wait);
  for (i = 0; i < MANY; i++)
    {
      CHECK(tcp_sndbuf_unacked(sock_conn(sock[i])) > 0);
      CHECK_EQ(sock_poll(sock[i]), 0);
    }

  for (i = 0; i < 2; i++)
    {
      pid[i] = stack_task("write", write_waits, &sock[i]);
    }

  stack_sleep(NET_MSEC);
  CHECK_EQ(g_done, 0);
  told = 0;
  sock[MANY - 1]->s_linger = 0;
  psock_close(sock[MANY - 1]);
  CHECK_EQ(told, 1);
  stack_sleep(1);
  CHECK_EQ(g_done, 2);
  CHECK_EQ(sock_poll(sock[0]), POLLOUT);
  CHECK_EQ(sock_poll(sock[2]), POLLOUT);
  pollwait_del(&wait);
  stack_join(pid[0]);
  stack_join(pid[1]);
  psock_close(peer[MANY - 1]);
  for (i = 0; i < MANY - 1; i++)
    {
      sock[i]->s_linger = 0;
      psock_close(sock[i]);
      psock_close(peer[i]);
    }

  while (n-- > 0)
    {
      g_other[n]->s_linger = 0;
      psock_close(g_other[n]);
      psock_close(g_reader[n]);
    }

  stack_sleep(120 * NET_SEC);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(echo)
SCENARIO(fresh)
SCENARIO(refused)
SCENARIO(poll_states)
SCENARIO(aborted)
SCENARIO(options)
SCENARIO(waits_for_others)
SCENARIO(told_when_others_free)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_echo),
    cmocka_unit_test(test_fresh),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_poll_states),
    cmocka_unit_test(test_aborted),
    cmocka_unit_test(test_options),
    cmocka_unit_test(test_waits_for_others),
    cmocka_unit_test(test_told_when_others_free)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
