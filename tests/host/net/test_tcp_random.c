/* tests/host/net/test_tcp_random.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * TCP against itself, by chance.  Goal: whatever the network, the device,
 * the memory and the two users do, every byte arrives once and in order,
 * both ends come to an end, and nothing is left.  Method: connections of
 * 127.0.0.1 to itself; the loopback device is made anew for each seed, flat
 * or not, of some MTU, and wrapped by "fault" (loss, twice, order, bits,
 * delay) and "hold" (frames stay in use).  In each step the ends do
 * something small, the surroundings perhaps something nasty, and a little
 * time passes; then every connection is examined (tcp_check.h).  Some seeds
 * also abort connections: then what was read must be what was written first.
 *
 * SEED=n runs one, with SHOW=1 telling what it does; SEEDS=n that many, from
 * FIRST on; GATE=1 more than usual.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/sim.h>
#include <nuttx/net/net.h>

#include "tcp_check.h"

#define PORT       4000
#define PAIRS_MAX  3
#define CROWD_MAX  30
#define CHUNK_MAX  65536
#define TIME_LIMIT (3600 * NET_SEC)
#define HURRY      (40 * NET_SEC)

/* One end of a connection */

struct end_s
{
  struct socket *sock;
  struct end_s *peer;
  uint32_t total;                    /* Bytes that it writes */
  uint32_t wrote;
  uint32_t got;
  uint32_t most_write;               /* At once */
  uint32_t most_read;
  unsigned int laziness;             /* Reads in one of so many steps */
  bool waits;                        /* Shuts down only after the peer */
  bool shut;
  bool eof;
  bool closed;
  bool failed;                       /* An error was told */
};

struct world_s
{
  struct sim_random_s random;
  char fault[200];
  char hold[80];
  unsigned int mtu;
  unsigned int features;
  unsigned int npairs;
  unsigned int chaos;                /* Aborts, in one of so many steps */
  bool storms;                       /* Memory, interface, MTU */
  bool manual;                       /* Held frames are let go by us */
  bool hoarding;
  bool down;
  struct net_driver_s *dev;
  struct socket *listener;
  struct end_s end[2 * PAIRS_MAX];   /* Client, server, client ... */
};

static struct world_s g_world;
static uint64_t g_seed;
static uint64_t g_bytes;
static bool g_show;

static uint32_t below(uint32_t n)
{
  return (uint32_t)sim_random_below(&g_world.random, n);
}

static bool one_in(uint32_t n)
{
  return n > 0 && below(n) == 0;
}

/* Mostly small, sometimes large */

static uint32_t skewed(uint32_t max)
{
  return below(below(max) + 1) + 1;
}

static uint8_t pattern(unsigned int side, uint32_t offset)
{
  return (uint8_t)(offset * 13 + (offset >> 8) * 5 + (offset >> 16) +
                   side * 101);
}

/* The network **************************************************************/

static void describe_fault(struct world_s *w)
{
  size_t pos = 0;
  size_t size = sizeof(w->fault);

  pos += snprintf(w->fault + pos, size - pos, "fault,dir=tx,limit=%u",
                  20 + below(1000));
  if (one_in(2))
    {
      pos += snprintf(w->fault + pos, size - pos, ",loss=%u%%", below(9));
    }

  if (one_in(3))
    {
      pos += snprintf(w->fault + pos, size - pos, ",dup=%u%%", below(8));
    }

  if (one_in(2))
    {
      pos += snprintf(w->fault + pos, size - pos, ",reorder=%u%%,gap=%u",
                      below(15), 1 + below(12));
    }

  if (one_in(4) && (w->features & NETDEV_TSO) == 0)
    {
      pos += snprintf(w->fault + pos, size - pos, ",corrupt=%u%%", below(4));
    }

  if (one_in(6))
    {
      pos += snprintf(w->fault + pos, size - pos,
                      ",burst-start=1%%,burst-end=%u%%", 50 + below(50));
    }

  if (one_in(2))
    {
      pos += snprintf(w->fault + pos, size - pos, ",delay=%uus,jitter=%uus",
                      1 + below(60000), below(20000));
    }

  if (one_in(4))
    {
      snprintf(w->fault + pos, size - pos, ",rate=%umbit", 1 + below(100));
    }
}

static void describe_hold(struct world_s *w)
{
  unsigned int depth = 8 + below(57);

  w->manual = false;
  switch (below(4))
    {
      case 0:
        w->hold[0] = '\0';
        break;

      case 1:
        snprintf(w->hold, sizeof(w->hold), "hold,time=%uus,depth=%u%s",
                 1 + below(300000), depth, one_in(3) ? ",send=last" : "");
        break;

      case 2:
        snprintf(w->hold, sizeof(w->hold), "hold,count=%u,depth=%u",
                 1 + below(depth - 1), depth);
        break;

      default:
        snprintf(w->hold, sizeof(w->hold), "hold,depth=%u", depth);
        w->manual = true;
        break;
    }
}

static void describe(struct world_s *w)
{
  static const unsigned int mtus[] =
  {
    576, 1500, 9000, 65535, 0
  };

  static const unsigned int features[] =
  {
    0, NETDEV_SG, NETDEV_SG | NETDEV_TXCSUM | NETDEV_RXCSUM | NETDEV_TSO |
    NETDEV_LRO
  };

  w->mtu      = mtus[below(nitems(mtus))];
  w->mtu      = w->mtu != 0 ? w->mtu : 576 + below(8000);
  w->features = features[below(nitems(features))];
  w->npairs   = 1 + below(PAIRS_MAX);
  w->chaos    = one_in(4) ? 50 + below(1000) : 0;
  w->storms   = one_in(2);
  describe_fault(w);
  describe_hold(w);
}

/* Put the loopback device aside for one as described */

static void build(struct world_s *w)
{
  struct net_driver_s *dev = g_net.lo->dev;
  char spec[40];

  netif_detach(g_net.lo);
  netdev_destroy(dev);
  snprintf(spec, sizeof(spec), "loopback,mtu=%u", w->mtu);
  dev = netdev_create(spec);
  CHECK(dev != NULL);
  dev->d_features = w->features;
  dev = netdev_wrap(dev, w->fault);
  if (dev != NULL && w->hold[0] != '\0')
    {
      dev = netdev_wrap(dev, w->hold);
    }

  if (dev == NULL)
    {
      net_failed(__FILE__, __LINE__, netdev_error());
      abort();
    }

  CHECK_EQ(netif_attach(dev, NULL), 0);
  CHECK(g_net.lo != NULL && g_net.lo->dev == dev);
  w->dev = dev;
}

/* The ends *****************************************************************/

static struct socket *socket_new(void)
{
  struct socket *sock = NULL;

  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &sock), 0);
  return sock;
}

static void set(struct socket *sock, int level, int option, int value)
{
  CHECK_EQ(psock_setsockopt(sock, level, option, &value, sizeof(value)), 0);
}

static void random_options(struct socket *sock)
{
  static const char *const cc[] =
  {
    "cubic", "newreno"
  };

  const char *name = cc[below(2)];

  set(sock, SOL_SOCKET, SO_OOBINLINE, 1);
  set(sock, IPPROTO_TCP, TCP_NODELAY, one_in(2));
  CHECK_EQ(psock_setsockopt(sock, IPPROTO_TCP, TCP_CONGESTION, name,
                            (socklen_t)strlen(name)), 0);
  if (one_in(4))
    {
      set(sock, SOL_SOCKET, SO_RCVBUF, (int)(2000 + below(100000)));
    }

  if (one_in(4))
    {
      set(sock, SOL_SOCKET, SO_SNDBUF, (int)(2000 + below(100000)));
    }

  if (one_in(6))
    {
      set(sock, IPPROTO_TCP, TCP_MAXSEG, (int)(88 + below(1400)));
    }

  if (one_in(8))
    {
      set(sock, IPPROTO_TCP, TCP_WINDOW_CLAMP, (int)(1000 + below(30000)));
    }

  if (one_in(8))
    {
      set(sock, IPPROTO_TCP, TCP_QUICKACK, 1);
    }
}

static void plan(struct end_s *end, struct end_s *peer)
{
  uint32_t most = g_world.mtu < 1000 ? 60000 : 300000;

  end->peer       = peer;
  end->total      = one_in(8) ? 0 : skewed(one_in(4) ? most : most / 10);
  end->most_write = one_in(4) ? 10 + below(100) : 1 + below(CHUNK_MAX);
  end->most_read  = one_in(4) ? 10 + below(100) : 1 + below(CHUNK_MAX);
  end->laziness   = one_in(4) ? 2 + below(60) : 1;
  if (end->most_write < 200 && end->total > 20000)
    {
      end->total = 20000;
    }

  if (peer->most_read < 200 && peer->most_read > 0 && end->total > 20000)
    {
      end->total = 20000;
    }
}

/* A socket that has begun to connect */

static struct socket *open_client(void)
{
  struct socket *sock = socket_new();
  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  sin.sin_family      = AF_INET;
  sin.sin_port        = htons(PORT);
  sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  random_options(sock);
  CHECK_EQ(psock_connect(sock, (struct sockaddr *)&sin, sizeof(sin),
                         MSG_DONTWAIT), -EINPROGRESS);
  return sock;
}

/* Without an option both ends do without, from before the first byte on */

static void drop_options(struct end_s *a, struct end_s *b)
{
  uint32_t without = (one_in(3) ? TF_SACK : 0) | (one_in(4) ? TF_TS : 0);

  tcp_conn(a->sock->s_conn)->t_flags &= ~without;
  tcp_conn(b->sock->s_conn)->t_flags &= ~without;
}

static void show_count(const char *proto, const char *name,
                       const char *text, uint64_t value, void *arg)
{
  (void)text;
  (void)arg;
  if (value > 0 && strcmp(proto, "tcp") == 0)
    {
      printf(" %s %llu", name, (unsigned long long)value);
    }
}

static void show(const struct world_s *w)
{
  unsigned int i;

  printf("time %llu ms%s%s\n", (unsigned long long)(net_now() / NET_MSEC),
         w->hoarding ? " hoarding" : "", w->down ? " down" : "");
  for (i = 0; i < 2 * w->npairs; i++)
    {
      const struct end_s *end = &w->end[i];

      printf("  end %u: wrote %u of %u, got %u of %u%s%s%s%s\n", i,
             end->wrote, end->total, end->got, w->end[i ^ 1].total,
             end->shut ? " shut" : "", end->eof ? " eof" : "",
             end->closed ? " closed" : "", end->failed ? " failed" : "");
    }

  tcp_check_show();
  net_stats_foreach(show_count, NULL);
  printf("\n");
}

/* Shift the numbers of one direction so that they wrap around on the way.
 * Nothing was sent yet; what is under way will look old.
 */

static void shift(struct end_s *from, struct end_s *to)
{
  struct tcp_conn_s *a = tcp_conn(from->sock->s_conn);
  struct tcp_conn_s *b = tcp_conn(to->sock->s_conn);
  uint32_t delta = 0u - below(from->total / 2 + 1) - a->snd_nxt;
  uint32_t *number[] =
  {
    &a->iss, &a->snd_una, &a->snd_nxt, &a->snd_max, &a->snd_up,
    &a->snd_wl2, &a->snd->recover, &a->snd->small_end, &a->snd->lost_hint,
    &a->snd->rack_end, &a->snd->rack_fack, &a->snd->rack_round,
    &a->snd->tlp_end, &b->irs, &b->rcv_nxt, &b->rcv_adv, &b->rcv_up,
    &b->last_ack_sent, &b->snd_wl1, &b->rcv->copied, &b->rcv->rtt_seq,
    &b->rcv->space_seq
  };

  unsigned int i;

  CHECK(a->snd->count == 0 && b->rcv->len == 0);
  for (i = 0; i < nitems(number); i++)
    {
      *number[i] += delta;
    }
}

static void establish(struct world_s *w, unsigned int i)
{
  struct end_s *client = &w->end[2 * i];
  struct end_s *server = &w->end[2 * i + 1];
  unsigned int tries;

  client->sock = open_client();
  for (tries = 0; tries < 30000; tries++)
    {
      if (psock_accept(w->listener, NULL, NULL, &server->sock,
                       MSG_DONTWAIT) == 0)
        {
          break;
        }

      stack_sleep(10 * NET_MSEC);
      if (w->manual && one_in(4))
        {
          netdev_control(w->dev, "release=all");
        }

      tcp_check_all(false);
    }

  if (server->sock == NULL)
    {
      printf("pair %u: error %d\n", i, client->sock->s_conn->error);
      net_failed(__FILE__, __LINE__, "a connection is made");
      show(w);
      abort();
    }

  plan(client, server);
  plan(server, client);
  client->waits = one_in(4);
  server->waits = !client->waits && one_in(3);
  random_options(server->sock);
  if (tcp_conn(client->sock->s_conn)->t_state == TCPS_ESTABLISHED)
    {
      drop_options(client, server);
      if (one_in(2))
        {
          shift(client, server);
        }

      if (one_in(2))
        {
          shift(server, client);
        }
    }
}

/* What an end does *********************************************************/

static unsigned int side(const struct end_s *end)
{
  return (unsigned int)(end - g_world.end);
}

/* In a world without aborts nothing may fail */

static void told(struct end_s *end, const char *what, int error)
{
  end->failed = true;
  if (g_world.chaos == 0)
    {
      printf("end %u: %s says %d\n", side(end), what, error);
      net_failed(__FILE__, __LINE__, "nothing fails without aborts");
    }
}

static void act_write(struct end_s *end)
{
  static uint8_t data[CHUNK_MAX];
  uint32_t n = 1 + below(end->most_write);
  int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  ssize_t ret;
  uint32_t i;

  n = n < end->total - end->wrote ? n : end->total - end->wrote;
  for (i = 0; i < n; i++)
    {
      data[i] = pattern(side(end), end->wrote + i);
    }

  flags |= one_in(8) ? MSG_MORE : 0;
  flags |= one_in(50) ? MSG_OOB : 0;
  ret = psock_sendto(end->sock, data, n, flags, NULL, 0);
  if (ret > 0)
    {
      CHECK((uint32_t)ret <= n);
      end->wrote += (uint32_t)ret;
    }
  else if (ret != -EAGAIN)
    {
      told(end, "send", (int)ret);
      end->wrote = end->total;
    }
}

static void act_read(struct end_s *end)
{
  static uint8_t data[CHUNK_MAX];
  uint32_t n = 1 + below(end->most_read);
  bool peek = one_in(10);
  unsigned int wrong = 0;
  ssize_t ret;
  ssize_t i;

  ret = psock_recvfrom(end->sock, data, n,
                       MSG_DONTWAIT | (peek ? MSG_PEEK : 0), NULL, NULL);
  for (i = 0; i < ret; i++)
    {
      wrong += data[i] != pattern(side(end->peer), end->got + (uint32_t)i);
    }

  CHECK_EQ(wrong, 0);
  if (ret == 0)
    {
      end->eof = true;
      CHECK(end->failed || g_world.chaos != 0 ||
            end->got == end->peer->total);
    }
  else if (ret > 0)
    {
      CHECK(end->got + (uint32_t)ret <= end->peer->total);
      end->got += peek ? 0 : (uint32_t)ret;
      g_bytes  += peek ? 0 : (uint32_t)ret;
    }
  else if (ret != -EAGAIN)
    {
      told(end, "receive", (int)ret);
      end->eof = true;
    }
}

static void act_close(struct end_s *end)
{
  psock_close(end->sock);
  end->sock   = NULL;
  end->closed = true;
}

static void act(struct end_s *end)
{
  if (end->closed)
    {
      return;
    }

  if (one_in(g_world.chaos))
    {
      end->sock->s_linger = one_in(2) ? 0 : -1;
      act_close(end);
      return;
    }

  if (one_in(100))
    {
      set(end->sock, IPPROTO_TCP, TCP_CORK, one_in(3));
    }

  if (end->wrote < end->total && !one_in(4))
    {
      act_write(end);
    }

  /* The slowest would take hours, and who has closed and cannot get rid of
   * its data gives up after 100 seconds, as it should.
   */

  if (net_now() > HURRY)
    {
      end->laziness  = 1;
      end->most_read = CHUNK_MAX;
    }

  if (!end->eof && one_in(end->laziness))
    {
      act_read(end);
    }

  if (end->wrote == end->total && !end->shut &&
      (end->waits ? end->eof : one_in(3)))
    {
      int ret = psock_shutdown(end->sock, SHUT_WR);

      end->shut = true;
      if (ret < 0)
        {
          told(end, "shutdown", ret);
        }
    }

  if (end->shut && end->eof && one_in(3))
    {
      act_close(end);
    }
}

/* What happens around them *************************************************/

static void calm(struct world_s *w)
{
  if (w->hoarding)
    {
      unhoard();
      w->hoarding = false;
    }

  if (w->down)
    {
      CHECK_EQ(netif_up(g_net.lo), 0);
      w->down = false;
    }
}

static void storm(struct world_s *w)
{
  if (w->manual && one_in(3))
    {
      netdev_control(w->dev, one_in(3) ? "release=all" : "release=1");
    }

  if (!w->storms)
    {
      return;
    }

  if (w->hoarding || w->down)
    {
      if (one_in(10))
        {
          calm(w);
        }
    }
  else if (one_in(400))
    {
      hoard(below(3) * below(20));
      w->hoarding = true;
    }
  else if (one_in(300))
    {
      netif_down(g_net.lo);
      w->down = true;
    }
  else if (one_in(100))
    {
      CHECK_EQ(netdev_set_mtu(w->dev, 576 + skewed(w->mtu)), 0);
      net_path_flush();
    }
}

static void pass_time(struct world_s *w)
{
  static const nettime_t most[] =
  {
    1000, NET_MSEC, 10 * NET_MSEC, 100 * NET_MSEC, NET_SEC
  };

  unsigned int i = below(nitems(most));

  stack_sleep(1 + below((uint32_t)(most[one_in(4) ? i : i / 2])));
  tcp_check_all(w->down || w->hoarding);
}

static bool all_closed(const struct world_s *w)
{
  unsigned int i;

  for (i = 0; i < 2 * w->npairs; i++)
    {
      if (!w->end[i].closed)
        {
          return false;
        }
    }

  return true;
}

static void converse(struct world_s *w)
{
  nettime_t limit = net_now() + TIME_LIMIT;
  unsigned int steps = 0;
  unsigned int i;

  while (!all_closed(w) && net_now() < limit)
    {
      for (i = 0; i < 2 * w->npairs; i++)
        {
          act(&w->end[i]);
        }

      storm(w);
      pass_time(w);
      if (g_show && ++steps % 500 == 0)
        {
          show(w);
        }
    }

  calm(w);
  if (!all_closed(w))
    {
      net_failed(__FILE__, __LINE__, "they come to an end");
      show(w);
    }
}

/* What the users have left ends by itself */

static void settle(struct world_s *w)
{
  nettime_t limit = net_now() + TIME_LIMIT;
  uint64_t modified = 0;

  while (conn_count() > 0 && net_now() < limit)
    {
      if (w->manual)
        {
          netdev_control(w->dev, "release=all");
        }

      stack_sleep(1 + below(3 * NET_SEC));
      tcp_check_all(false);
    }

  if (conn_count() > 0)
    {
      net_failed(__FILE__, __LINE__, "no connection is left");
      show(w);
    }

  if (w->hold[0] != '\0')
    {
      CHECK_EQ(netdev_counter(w->dev, "modified", &modified), 0);
      CHECK_EQ(modified, 0);
    }
}

/* The listener goes while others are about to connect, or wait to be
 * accepted: more of them than it has room for.  They write, too.
 */

static void crowd(struct world_s *w)
{
  struct socket *sock[CROWD_MAX];
  unsigned int n = one_in(3) ? below(CROWD_MAX + 1) : 0;
  unsigned int i;
  char byte = 'x';

  for (i = 0; i < n; i++)
    {
      sock[i] = open_client();
      stack_sleep(1 + below(NET_MSEC));
    }

  if (n > 0 && w->storms && one_in(3))
    {
      hoard(below(4));
      w->hoarding = true;
    }

  for (i = 0; i < n; i++)
    {
      pass_time(w);
      storm(w);
      psock_sendto(sock[i], &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
    }

  psock_close(w->listener);
  calm(w);
  for (i = 0; i < n; i++)
    {
      pass_time(w);
      psock_close(sock[i]);
    }
}

static void scenario(void)
{
  struct world_s *w = &g_world;
  struct sockaddr_in sin;
  unsigned int i;

  memset(w, 0, sizeof(*w));
  tcp_check_begin();
  w->random.state = (g_seed + 1) * 0xd1342543de82ef95u;
  describe(w);
  if (g_show)
    {
      printf("seed %llu: mtu %u features %x pairs %u chaos %u storms %u\n"
             "  %s\n  %s\n", (unsigned long long)g_seed, w->mtu,
             w->features, w->npairs, w->chaos, w->storms, w->fault,
             w->hold);
    }

  stack_sleep(NET_MSEC);             /* A time of 0 is none */
  build(w);
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port   = htons(PORT);
  w->listener    = socket_new();
  CHECK_EQ(psock_bind(w->listener, (struct sockaddr *)&sin, sizeof(sin)),
           0);
  CHECK_EQ(psock_listen(w->listener, 1 + (int)below(3)), 0);
  for (i = 0; i < w->npairs; i++)
    {
      establish(w, i);
    }

  crowd(w);
  converse(w);
  for (i = 0; i < 2 * w->npairs; i++)
    {
      if (w->end[i].sock != NULL)
        {
          psock_close(w->end[i].sock);
        }
    }

  settle(w);
  if (g_show)
    {
      show(w);
    }
}

static void test_random(void **state)
{
  const char *seed = getenv("SEED");
  const char *seeds = getenv("SEEDS");
  const char *first = getenv("FIRST");
  unsigned int n = seeds != NULL ? (unsigned int)atoi(seeds) :
                   getenv("GATE") != NULL ? 200 : 30;
  unsigned int bad = 0;
  unsigned int i;

  (void)state;
  g_seed = seed != NULL ? strtoull(seed, NULL, 0) :
           first != NULL ? strtoull(first, NULL, 0) : 1;
  n      = seed != NULL ? 1 : n;
  g_show = getenv("SHOW") != NULL;
  for (i = 0; i < n; i++)
    {
      if (stack_run(scenario, g_seed) != 0)
        {
          printf("failed: SEED=%llu\n", (unsigned long long)g_seed);
          bad++;
        }

      g_seed++;
    }

  printf("%u seeds, %llu bytes, %u failed\n", n,
         (unsigned long long)g_bytes, bad);
  assert_int_equal(bad, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_random),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
