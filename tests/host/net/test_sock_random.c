/* tests/host/net/test_sock_random.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Socket calls at random.  Goal: no order of calls, no argument, no lack of
 * memory and no close() under somebody's feet breaks anything, hangs or
 * leaves something behind.  Method: a few tasks have the same sockets from
 * their common parent, and call whatever there is on any of them, with
 * arguments right and wrong, on loopback and on a wire that nobody answers;
 * every piece of memory that is handed over is exactly as long as it is said
 * to be, so that the sanitizer sees one byte too many.  At the end the tasks
 * are gone, time passes, and no buffer, timer, endpoint or block of memory
 * may be left (stack_run()).
 *
 * SEED=n runs one sequence again, SEEDS=n more of them, FIRST=n from there.
 */

#define _GNU_SOURCE

#include <nuttx/config.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/fs/fs.h>
#include <nuttx/net/net.h>

#include "conn.h"
#include "ip_util.h"
#include "net_link.h"
#include "stack.h"

#define STEPS  250
#define TASKS  3
#define FDS    24                    /* Descriptors 0 .. FDS - 1 */
#define PIECES 4

static struct wire_s g_wire;
static bool g_hoarded;
static unsigned int g_running;
static uint64_t g_seed;
static uint64_t g_state;

/* splitmix64 */

static uint64_t rnd(void)
{
  uint64_t z = g_state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static unsigned int upto(unsigned int n)
{
  return (unsigned int)(rnd() % n);
}

static bool chance(unsigned int percent)
{
  return upto(100) < percent;
}

static int any_fd(void)
{
  return (int)upto(FDS);
}

/* Memory of exactly that length, filled at random */

static void *block(size_t len)
{
  uint8_t *p = malloc(len);
  size_t i;

  for (i = 0; i < len; i++)
    {
      p[i] = (uint8_t)rnd();
    }

  return p;
}

static struct sockaddr_in any_name(void)
{
  static const uint32_t some[] =
  {
    0x7f000001, 0x7f000001, 0x7f000001, 0, 0x0a000001, 0x0a000002, 0xe0010203,
    0x0a0000ff, 0x08080808, 0xffffffff
  };

  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  sin.sin_family = chance(95) ? AF_INET : chance(50) ? AF_UNSPEC : 77;
  sin.sin_addr.s_addr = htonl(some[upto(sizeof(some) / sizeof(some[0]))]);
  sin.sin_port = htons((uint16_t)(chance(95) ? 5000 + upto(6) : rnd()));
  return sin;
}

/* Mostly right: a name in memory of its own.  NULL now and then. */

static struct sockaddr *name_block(socklen_t *len)
{
  struct sockaddr_in sin = any_name();
  uint8_t *p;

  *len = chance(90) ? sizeof(sin) : upto(40);
  if (chance(3))
    {
      return NULL;
    }

  p = block(*len);
  memcpy(p, &sin, *len < sizeof(sin) ? *len : sizeof(sin));
  return (struct sockaddr *)p;
}

static int any_flags(void)
{
  static const int some[] =
  {
    MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_OOB, MSG_ERRQUEUE,
    MSG_MORE, MSG_DONTROUTE
  };

  int flags = MSG_NOSIGNAL | (chance(60) ? MSG_DONTWAIT : 0);

  while (chance(30))
    {
      flags |= some[upto(sizeof(some) / sizeof(some[0]))];
    }

  return flags;
}

static size_t any_len(void)
{
  return chance(70) ? upto(2000) : chance(70) ? upto(70000) : 0;
}

/* Options ******************************************************************/

static void short_times(int fd, long usec)
{
  struct timeval tv =
  {
    0, usec
  };

  nx_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
  nx_setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static void linger(int fd)
{
  struct linger l;

  l.l_onoff  = chance(70);
  l.l_linger = (int)upto(3);
  nx_setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

static int any_level(void)
{
  static const int some[] =
  {
    SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP, SOL_RAW, 9999
  };

  return some[upto(sizeof(some) / sizeof(some[0]))];
}

/* What would make a call wait for ever is only set to a little above */

static bool waits(int level, int option)
{
  return level == SOL_SOCKET &&
         (option == SO_LINGER || option == SO_RCVTIMEO ||
          option == SO_SNDTIMEO || option == 66 || option == 67);
}

static void set_option(int fd)
{
  int level = any_level();
  int option = chance(97) ? (int)upto(72) : (int)rnd();
  socklen_t len = chance(70) ? sizeof(int) : upto(40);
  int *value = block(len < sizeof(int) ? sizeof(int) : len);

  if (waits(level, option))
    {
      linger(fd);
    }
  else
    {
      value[0] = chance(80) ? (int)upto(3) : chance(70) ?
                 (int)upto(200000) : value[0];
      nx_setsockopt(fd, level, option, chance(2) ? NULL : value, len);
    }

  free(value);
}

static void get_option(int fd)
{
  socklen_t len = chance(70) ? sizeof(int) : upto(300);
  void *value = block(len);

  nx_getsockopt(fd, any_level(), (int)upto(72), value, &len);
  free(value);
}

static void join(int fd)
{
  struct ip_mreqn req;

  memset(&req, 0, sizeof(req));
  req.imr_multiaddr.s_addr = htonl(0xe0010200 + upto(4));
  req.imr_address.s_addr   = htonl(chance(50) ? 0x0a000001 : 0x7f000001);
  req.imr_ifindex          = (int)upto(4);
  nx_setsockopt(fd, IPPROTO_IP, chance(60) ? IP_ADD_MEMBERSHIP :
                IP_DROP_MEMBERSHIP, &req, chance(80) ? sizeof(req) :
                upto(sizeof(req)));
}

static void control(int fd)
{
  static const unsigned long some[] =
  {
    FIONREAD, TIOCOUTQ, SIOCGIFADDR, SIOCGIFMTU, SIOCGIFCONF, SIOCGIFFLAGS,
    0x12345
  };

  unsigned long cmd = some[upto(sizeof(some) / sizeof(some[0]))];
  struct ifconf conf;
  struct ifreq *req = block(sizeof(*req));

  strcpy(req->ifr_name, chance(50) ? "eth0" : "lo");
  if (cmd == SIOCGIFCONF)
    {
      conf.ifc_len = (int)upto(3 * sizeof(*req));
      conf.ifc_req = block((size_t)conf.ifc_len);
      nx_ioctl(fd, cmd, (unsigned long)(uintptr_t)&conf);
      free(conf.ifc_req);
    }
  else
    {
      nx_ioctl(fd, cmd, (unsigned long)(uintptr_t)req);
    }

  free(req);
}

/* Messages *****************************************************************/

struct message_s
{
  struct msghdr hdr;
  struct iovec iov[PIECES];
};

static void message_make(struct message_s *m)
{
  struct cmsghdr head;
  unsigned int i;

  memset(m, 0, sizeof(*m));
  m->hdr.msg_iov    = m->iov;
  m->hdr.msg_iovlen = upto(PIECES + 1);
  for (i = 0; i < m->hdr.msg_iovlen; i++)
    {
      m->iov[i].iov_len  = any_len();
      m->iov[i].iov_base = block(m->iov[i].iov_len);
    }

  if (chance(60))
    {
      m->hdr.msg_name = name_block(&m->hdr.msg_namelen);
    }

  if (chance(40))
    {
      size_t len = upto(80);

      m->hdr.msg_control    = block(len);
      m->hdr.msg_controllen = len;
      if (len >= sizeof(head))
        {
          head.cmsg_len   = chance(80) ? CMSG_LEN(upto(20)) : (size_t)rnd();
          head.cmsg_level = chance(80) ? IPPROTO_IP : SOL_SOCKET;
          head.cmsg_type  = chance(50) ? IP_TTL : chance(50) ? IP_PKTINFO :
                            (int)upto(30);
          memcpy(m->hdr.msg_control, &head, sizeof(head));
        }
    }
}

static void message_free(struct message_s *m)
{
  unsigned int i;

  for (i = 0; i < PIECES; i++)
    {
      free(m->iov[i].iov_base);
    }

  free(m->hdr.msg_name);
  free(m->hdr.msg_control);
}

static void send_some(int fd)
{
  socklen_t len = 0;
  struct sockaddr *name = chance(50) ? name_block(&len) : NULL;
  size_t n = any_len();
  void *data = block(n);

  nx_sendto(fd, data, n, any_flags(), name, name != NULL ? len : 0);
  free(data);
  free(name);
}

static void receive_some(int fd)
{
  socklen_t len = upto(40);
  struct sockaddr *name = chance(50) ? block(len) : NULL;
  size_t n = any_len();
  void *data = block(n);

  nx_recvfrom(fd, data, n, any_flags(), name, name != NULL ? &len : NULL);
  free(data);
  free(name);
}

static void messages(int fd)
{
  struct mmsghdr two[2];
  struct message_s m[2];
  unsigned int what = upto(4);
  unsigned int i;

  message_make(&m[0]);
  message_make(&m[1]);
  for (i = 0; i < 2; i++)
    {
      two[i].msg_hdr = m[i].hdr;
      two[i].msg_len = 0;
    }

  if (what == 0)
    {
      nx_sendmsg(fd, &m[0].hdr, any_flags());
    }
  else if (what == 1)
    {
      struct msghdr hdr = m[0].hdr;

      nx_recvmsg(fd, &hdr, any_flags());
    }
  else if (what == 2)
    {
      nx_sendmmsg(fd, two, upto(3), any_flags());
    }
  else
    {
      nx_recvmmsg(fd, two, upto(3), any_flags(),
                  clock_systime_ns() + upto(3) * NET_MSEC);
    }

  message_free(&m[0]);
  message_free(&m[1]);
}

/* Descriptors **************************************************************/

static void make_socket(void)
{
  static const int types[][2] =
  {
    {
      SOCK_STREAM, 0
    },
    {
      SOCK_STREAM, 0
    },
    {
      SOCK_DGRAM, 0
    },
    {
      SOCK_DGRAM, 0
    },
    {
      SOCK_DGRAM, IPPROTO_ICMP
    },
    {
      SOCK_RAW, IPPROTO_ICMP
    },
    {
      SOCK_RAW, IPPROTO_RAW
    },
    {
      SOCK_SEQPACKET, 0
    }
  };

  const int *type = types[upto(8)];
  int fd = nx_socket(chance(97) ? AF_INET : (int)upto(40), type[0],
                     chance(97) ? type[1] : (int)upto(300));
  int on = 1;

  if (fd >= FDS)
    {
      nx_close(fd);
    }
  else if (fd >= 0)
    {
      short_times(fd, 1 + (long)upto(20000));
      nx_setsockopt(fd, SOL_SOCKET, chance(50) ? SO_REUSEADDR :
                    SO_REUSEPORT, &on, sizeof(on));
      nx_setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    }
}

static void watch(int fd)
{
  struct epoll_event event[3];
  struct pollfd fds[3];
  unsigned int i;
  int ep = any_fd();

  switch (upto(4))
    {
      case 0:
        ep = nx_epoll_create(0);
        if (ep >= FDS)
          {
            nx_close(ep);
          }

        break;

      case 1:
        memset(event, 0, sizeof(event));
        event[0].events = (uint32_t)(upto(16) | (chance(30) ? EPOLLET : 0) |
                                     (chance(20) ? EPOLLONESHOT : 0));
        nx_epoll_ctl(ep, (int)(1 + upto(3)), fd, event);
        break;

      case 2:
        nx_epoll_wait(ep, event, (int)(1 + upto(3)),
                      clock_systime_ns() + upto(5) * NET_MSEC);
        break;

      default:
        for (i = 0; i < 3; i++)
          {
            fds[i].fd     = any_fd();
            fds[i].events = (short)rnd();
          }

        nx_poll(fds, 3, (int)upto(5));
        break;
    }
}

static void names(int fd)
{
  socklen_t len = upto(40);
  struct sockaddr *name = block(len);

  if (chance(50))
    {
      nx_getsockname(fd, name, &len);
    }
  else
    {
      nx_getpeername(fd, name, &len);
    }

  free(name);
}

static void connections(int fd)
{
  socklen_t len;
  struct sockaddr *name = name_block(&len);
  socklen_t room = upto(40);
  void *peer = block(room);
  int ret = -1;

  switch (upto(6))
    {
      case 0:
        nx_bind(fd, name, len);
        break;

      case 1:
        nx_bind(fd, name, len);
        nx_listen(fd, (int)upto(5) - 1);
        break;

      case 2:
      case 3:
        nx_connect(fd, name, len);
        break;

      case 4:
        ret = nx_accept4(fd, peer, &room, chance(50) ? SOCK_NONBLOCK : 0);
        break;

      default:
        if (chance(30))
          {
            nx_shutdown(fd, (int)upto(4) - (int)chance(3));
          }

        break;
    }

  if (ret >= FDS)
    {
      nx_close(ret);
    }

  free(peer);
  free(name);
}

static void descriptors(int fd)
{
  int ret;

  switch (upto(4))
    {
      case 0:
        nx_close(fd);
        break;

      case 1:
        ret = nx_dup(fd);
        if (ret >= FDS)
          {
            nx_close(ret);
          }

        break;

      case 2:
        nx_fcntl(fd, F_SETFL, chance(50) ? O_NONBLOCK : 0);
        break;

      default:
        nx_dup2(fd, (int)upto(FDS));
        break;
    }
}

/* Memory is given back soon, or nothing would happen any more */

static void world(void)
{
  struct netaddr_s addr = ip_addr(0x0a000001);

  if (g_hoarded)
    {
      unhoard();
      g_hoarded = false;
    }
  else if (chance(30))
    {
      hoard(upto(4));
      g_hoarded = true;
    }

  switch (upto(6))
    {
      case 0:
        netif_addr_del(g_wire.nif, &addr);
        break;

      case 1:
        netif_down(g_wire.nif);
        break;

      case 2:
        g_wire.full = true;
        break;

      case 3:
        netdev_set_mtu(&g_wire.dev, 68 + upto(1433));
        break;

      default:
        wire_ready(&g_wire);
        netif_up(g_wire.nif);
        netif_addr_add(g_wire.nif, &addr, 24, NULL);
        break;
    }
}

static void step(void)
{
  void (*const call[])(int fd) =
  {
    set_option, get_option, join, control, send_some, send_some, send_some,
    receive_some, receive_some, receive_some, messages, messages, watch,
    watch, names, connections, connections, connections, connections,
    descriptors
  };

  unsigned int what = upto(24);

  if (what < sizeof(call) / sizeof(call[0]))
    {
      call[what](any_fd());
    }
  else if (what == 20)
    {
      world();
    }
  else if (what == 21)
    {
      stack_sleep(chance(90) ? upto(30) * NET_MSEC : upto(100) * NET_SEC);
    }
  else
    {
      make_socket();
    }

  wire_flush(&g_wire);
}

static void worker(void *arg)
{
  unsigned int i;

  (void)arg;
  for (i = 0; i < STEPS; i++)
    {
      step();
    }

  g_running--;
}

static void sequence(void)
{
  int pid[TASKS];
  int i;

  g_state   = g_seed;
  g_hoarded = false;
  wire_create(&g_wire, "eth0", 1500, chance(50) ? NETDEV_SG : 0);
  for (i = 0; i < 8; i++)
    {
      make_socket();
    }

  g_running = TASKS;
  for (i = 0; i < TASKS; i++)
    {
      pid[i] = stack_task("worker", worker, NULL);
    }

  for (i = 0; i < TASKS; i++)
    {
      stack_join(pid[i]);
    }

  CHECK_EQ(g_running, 0);
  if (g_hoarded)
    {
      unhoard();
    }

  for (i = 3; i < FDS; i++)
    {
      nx_close(i);
    }

  wire_ready(&g_wire);
  stack_sleep(4000 * NET_SEC);
  CHECK_EQ(conn_count(), 0);
}

static void test_random(void **state)
{
  const char *seed = getenv("SEED");
  const char *seeds = getenv("SEEDS");
  const char *first = getenv("FIRST");
  uint64_t from = seed != NULL ? strtoull(seed, NULL, 0) :
                  first != NULL ? strtoull(first, NULL, 0) : 1;
  uint64_t n = seed != NULL ? 1 : seeds != NULL ?
               strtoull(seeds, NULL, 0) : 30;
  int failed = 0;

  (void)state;
  for (g_seed = from; g_seed < from + n; g_seed++)
    {
      int ret = stack_run(sequence, g_seed);

      if (ret != 0)
        {
          printf("SEED=%llu fails\n", (unsigned long long)g_seed);
          failed++;
        }
    }

  assert_int_equal(failed, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_random),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
