/* tests/host/kernel/test_link.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The link device.  Goal: frames of every size go between two kernels over
 * Unix sockets and UDP, in order and whole; a peer that is not there, or
 * comes back, is an ordinary event; a full socket pushes back.  Method: both
 * ends of a cable in one kernel, each a device of its own, under real time.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/sched.h>

#include "netutil.h"

static struct sink_s g_sink[2];
static char g_path[2][64];
static unsigned int g_port;
static bool g_udp;

static struct net_driver_s *end(int i, const char *more)
{
  struct net_driver_s *dev;
  char spec[256];

  if (g_udp)
    {
      snprintf(spec, sizeof(spec), "link,port=%u,peerport=%u%s", g_port + i,
               g_port + 1 - i, more);
    }
  else
    {
      snprintf(spec, sizeof(spec), "link,path=%s,peer=%s%s", g_path[i],
               g_path[1 - i], more);
    }

  dev = netdev_create(spec);
  if (dev == NULL)
    {
      printf("%s: %s\n", spec, netdev_error());
      CHECK(false);
      return NULL;
    }

  sink_attach(&g_sink[i], dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  return dev;
}

/* Wait for a number of frames, for ten seconds at most */

static void await(struct sink_s *sink, unsigned int n)
{
  int i;

  for (i = 0; i < 10000 && sink->rx < n; i++)
    {
      nxsched_ticksleep(MSEC2TICK(1));
    }

  CHECK_EQ(sink->rx, n);
}

static void traffic(void)
{
  static const unsigned int size[] =
  {
    60, 100, 590, 1514, 4000, 9014
  };

  struct net_driver_s *a = end(0, ",mtu=9000");
  struct net_driver_s *b = end(1, ",mtu=9000");
  uint32_t i;

  CHECK(memcmp(a->d_mac, b->d_mac, 6) != 0);
  g_sink[1].keep = true;
  for (i = 0; i < 300; i++)
    {
      int ret = net_send(a, size[i % 6], i);

      if (ret == -EAGAIN)
        {
          i--;
          nxsched_ticksleep(100);
        }
      else if (i % 16 == 0)
        {
          await(&g_sink[1], i + 1);  /* UDP has no other way to push back */
        }
    }

  await(&g_sink[1], 300);
  for (i = 0; i < 300; i++)
    {
      CHECK_EQ(g_sink[1].tag[i], i);
      CHECK_EQ(g_sink[1].frame[i]->io_pktlen, size[i % 6]);
      CHECK(net_intact(g_sink[1].frame[i]));
    }

  sink_clear(&g_sink[1]);
  CHECK(g_sink[1].batches < 300);
  CHECK_EQ(net_send(b, 100, 1), 0);
  await(&g_sink[0], 1);
}

/* A chain of many small pieces is gathered, or copied if it has too many */

static void pieces_of(const char *more, unsigned int features)
{
  struct net_driver_s *a = end(0, more);
  struct net_driver_s *b = end(1, ",mtu=9000");
  unsigned int n;

  (void)b;
  CHECK_EQ(a->d_features, features);
  g_sink[1].keep = true;
  for (n = 50; n <= 200; n += 150)
    {
      struct iob_s *iob = net_frame(a, 2000, n);
      struct iob_s *cut = iob_share(iob, 0, 10);
      unsigned int i;

      for (i = 1; i < n; i++)
        {
          iob_concat(cut, iob_share(iob, i * 10, 10));
        }

      iob_concat(cut, iob_share(iob, n * 10 - 10, 2000 - (n * 10 - 10)));
      cut = iob_trimtail(cut, 2000 - (n * 10 - 10) - 1);
      iob_free_chain(iob);
      CHECK(iob_count(cut) > (int)n);
      CHECK_EQ(netdev_send(a, cut, NULL), 0);
    }

  await(&g_sink[1], 2);
  CHECK_EQ(g_sink[1].frame[0]->io_pktlen, 501);
  CHECK_EQ(g_sink[1].frame[1]->io_pktlen, 2001);
  sink_clear(&g_sink[1]);
}

static void pieces(void)
{
  pieces_of(",mtu=9000", NETDEV_SG);
}

/* Made one before the device gets it */

static void flat(void)
{
  pieces_of(",mtu=9000,flat=yes", 0);
}

static void nobody(void)
{
  struct net_driver_s *a = end(0, "");
  struct net_driver_s *b;
  struct stat st;
  uint32_t i;

  for (i = 0; i < 10; i++)
    {
      CHECK_EQ(net_send(a, 100, i), 0);
    }

  CHECK(net_counter(a, "tx_drop_no_peer") >= (g_udp ? 4 : 10));
  CHECK_EQ(g_sink[0].done, 10);

  /* It comes, goes, and comes back */

  for (i = 0; i < 3; i++)
    {
      b = end(1, "");
      CHECK_EQ(net_send(a, 100, i), 0);
      await(&g_sink[1], 1);
      CHECK_EQ(net_send(b, 100, i), 0);
      await(&g_sink[0], i + 1);
      netdev_destroy(b);
      CHECK_EQ(net_send(a, 100, i), 0);
    }

  /* Its name is in use; afterwards nothing is left of it */

  CHECK(g_udp || stat(g_path[0], &st) == 0);
  netdev_destroy(a);
  CHECK(g_udp || stat(g_path[0], &st) < 0);
}

static void names(void)
{
  char spec[256];
  struct net_driver_s *a = end(0, "");
  FILE *f;

  snprintf(spec, sizeof(spec), "link,path=%s,peer=%s", g_path[0], g_path[1]);
  CHECK(netdev_create(spec) == NULL);
  CHECK(strstr(netdev_error(), "Address already in use") != NULL);
  netdev_destroy(a);

  /* A file of somebody else is not touched */

  f = fopen(g_path[0], "w");
  fclose(f);
  CHECK(netdev_create(spec) == NULL);
  CHECK(strstr(netdev_error(), "Address already in use") != NULL);
  unlink(g_path[0]);
  CHECK(netdev_create("link,path=/nonexistent/a,peer=/b") == NULL);
  CHECK(strstr(netdev_error(), "No such file") != NULL);
  snprintf(spec, sizeof(spec), "link,path=/%0130d,peer=/b", 1);
  CHECK(netdev_create(spec) == NULL);
  CHECK(strstr(netdev_error(), "too long") != NULL);
}

/* The receiver does not read: the host's queue fills, and we are told */

static void full(void)
{
  struct net_driver_s *a = end(0, ",mtu=65535");
  struct net_driver_s *b = end(1, ",mtu=65535");
  unsigned int n = 0;

  while (net_send(a, 65549, n) == 0)
    {
      n++;
    }

  CHECK(n > 0 && n < 64);
  CHECK(!netdev_can_send(a));
  CHECK(g_sink[0].done < n);
  await(&g_sink[1], n);
  CHECK_EQ(g_sink[0].done, n);
  CHECK_EQ(g_sink[0].ready, 1);
  CHECK(netdev_can_send(a));

  /* Down with frames that wait */

  for (n = 0; net_send(a, 65549, n) == 0; n++)
    {
    }

  netdev_ifdown(a);
  CHECK_EQ(net_counter(a, "tx_done"), net_counter(a, "tx_frames"));
  CHECK(net_counter(a, "tx_drop_down") > 0);
  CHECK_EQ(netdev_set_mtu(b, 1500), 0);
  netdev_ifdown(b);
  CHECK_EQ(netdev_ifup(b), 0);
}

/* No memory for a ring: it does not come up.  For a frame: it is dropped.  A
 * ring of which one slot was filled works, and fills with what is recycled.
 */

static void no_memory(void)
{
  struct net_driver_s *a = end(0, "");
  struct net_driver_s *b = end(1, "");
  uint32_t i;

  netdev_ifdown(b);
  hoard(0);
  CHECK_EQ(netdev_ifup(b), -ENOMEM);
  unhoard();
  hoard(1);
  CHECK_EQ(netdev_ifup(b), 0);
  CHECK(netdev_can_receive(b));
  unhoard();
  CHECK_EQ(net_send(a, 1000, 1), 0);
  await(&g_sink[1], 1);

  for (i = 0; i < 5; i++)
    {
      CHECK_EQ(net_send(a, 100, i), 0);
    }

  hoard(0);
  for (i = 0; i < 10000 && net_counter(b, "rx_drop_memory") < 5; i++)
    {
      nxsched_ticksleep(MSEC2TICK(1));
    }

  unhoard();
  CHECK_EQ(net_counter(b, "rx_drop_memory"), 5);
  CHECK_EQ(net_send(a, 1000, 7), 0);
  await(&g_sink[1], 2);
}

static int both(void (*scenario)(void))
{
  int bad;

  g_udp = false;
  bad   = net_run(scenario, false, 1);
  g_udp = true;
  return bad + net_run(scenario, false, 1);
}

static void test_traffic(void **state)
{
  (void)state;
  assert_int_equal(both(traffic), 0);
}

static void test_pieces(void **state)
{
  (void)state;
  assert_int_equal(both(pieces), 0);
}

static void test_flat(void **state)
{
  (void)state;
  assert_int_equal(both(flat), 0);
}

static void test_nobody(void **state)
{
  (void)state;
  assert_int_equal(both(nobody), 0);
}

static void test_no_memory(void **state)
{
  (void)state;
  assert_int_equal(both(no_memory), 0);
}

static void test_names(void **state)
{
  (void)state;
  g_udp = false;
  assert_int_equal(net_run(names, false, 1), 0);
}

static void test_full(void **state)
{
  (void)state;
  g_udp = false;
  assert_int_equal(net_run(full, false, 1), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_traffic),
    cmocka_unit_test(test_pieces),
    cmocka_unit_test(test_flat),
    cmocka_unit_test(test_nobody),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_names),
    cmocka_unit_test(test_full),
  };

  snprintf(g_path[0], sizeof(g_path[0]), "/tmp/test_link.%d.a",
           (int)getpid());
  snprintf(g_path[1], sizeof(g_path[1]), "/tmp/test_link.%d.b",
           (int)getpid());
  g_port = 10000 + (unsigned int)getpid() % 10000 * 2;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
