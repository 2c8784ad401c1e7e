/* tests/host/kernel/test_lockstep.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two kernels, two processes, one virtual time.  Goal: frames take exactly
 * the time that they should, runs repeat to the byte of their captures
 * however the host schedules, and nothing hangs when one ends or fails.
 * Method: the test forks one process for each side and compares what they
 * wrote.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/sched.h>

#include "netutil.h"

static struct sink_s g_sink;
static int g_fd;                       /* Our end of the pair */
static bool g_a;                       /* Side a */
static char g_file[2][64];

/* Run both sides, side b in the parent's other child; 0 if both succeed.
 * "jitter": the host shall not run them evenly.
 */

static int run_pair(void (*scenario)(void), bool jitter)
{
  pid_t pid[2];
  int fd[2];
  int bad = 0;
  int status;
  int i;

  assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
  fflush(NULL);
  for (i = 0; i < 2; i++)
    {
      pid[i] = fork();
      if (pid[i] == 0)
        {
          close(fd[1 - i]);
          g_fd = fd[i];
          g_a  = i == 0;
          if (jitter && i == 0 && nice(10) < 0)
            {
              _exit(99);
            }

          _exit(net_run(scenario, true, 1) != 0);
        }
    }

  close(fd[0]);
  close(fd[1]);
  for (i = 0; i < 2; i++)
    {
      assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
      if (status != 0)
        {
          printf("side %c: status %x\n", "ab"[i], (unsigned int)status);
          bad++;
        }
    }

  return bad;
}

static struct net_driver_s *create(const char *more)
{
  struct net_driver_s *dev;
  char spec[128];

  snprintf(spec, sizeof(spec), "lockstep,fd=%d,side=%c%s", g_fd,
           g_a ? 'a' : 'b', more);
  dev = netdev_create(spec);
  if (dev == NULL)
    {
      printf("%s\n", netdev_error());
      CHECK(false);
      exit(1);
    }

  return dev;
}

/* Ping-pong ****************************************************************/

#define ROUNDS 1000
#define DELAY  25000                   /* ns */

static uint64_t g_when[ROUNDS + 1];

/* Each side answers a frame with the next number, at once */

static void pong(struct net_driver_s *dev, struct iob_s *iob,
                 const struct netdev_offload_s *off)
{
  uint32_t tag = net_tag(iob);

  (void)off;
  CHECK(net_intact(iob));
  iob_free_chain(iob);
  CHECK(tag < ROUNDS);
  g_when[tag] = clock_systime_ns();
  if (tag + 1 < ROUNDS)
    {
      CHECK_EQ(net_send(dev, 60 + tag, tag + 1), 0);
    }
}

static const struct netdev_upper_s g_pong =
{
  .rx = pong
};

static void ping_pong(void)
{
  struct net_driver_s *dev = create(",delay=25us,mtu=9000");
  char spec[128];
  uint64_t start;
  uint32_t i;

  snprintf(spec, sizeof(spec), "pcap,file=%s", g_file[g_a ? 0 : 1]);
  dev = netdev_wrap(dev, spec);
  CHECK_EQ(netdev_attach(dev, &g_pong, NULL), 0);
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK(dev->d_mac[5] == (g_a ? 0x0a : 0x0b));
  nxsched_ticksleep(100);
  start = clock_systime_ns();
  if (g_a)
    {
      CHECK_EQ(net_send(dev, 60, 0), 0);
    }

  /* Work of one's own at odd times must not disturb it */

  for (i = 0; i < 500; i++)
    {
      nxsched_ticksleep(g_a ? 70 : 113);
    }

  for (i = g_a ? 1 : 0; i < ROUNDS; i += 2)
    {
      CHECK_EQ(g_when[i], start + (uint64_t)(i + 1) * DELAY);
    }
}

static uint8_t *read_file(const char *file, size_t *size)
{
  FILE *f = fopen(file, "rb");
  uint8_t *data = malloc(1 << 22);

  assert_non_null(f);
  *size = fread(data, 1, 1 << 22, f);
  fclose(f);
  return data;
}

static void test_ping_pong(void **state)
{
  uint8_t *data[2][2];
  size_t size[2][2];
  int run;
  int i;

  (void)state;
  for (run = 0; run < 2; run++)
    {
      assert_int_equal(run_pair(ping_pong, run == 1), 0);
      for (i = 0; i < 2; i++)
        {
          data[run][i] = read_file(g_file[i], &size[run][i]);
        }
    }

  for (i = 0; i < 2; i++)
    {
      assert_true(size[0][i] > 100000);
      assert_int_equal(size[0][i], size[1][i]);
      assert_memory_equal(data[0][i], data[1][i], size[0][i]);
      free(data[0][i]);
      free(data[1][i]);
    }
}

/* Both send more in one round than any socket buffer holds */

static void flood(void)
{
  struct net_driver_s *dev = create(",mtu=65535,delay=1ms");
  uint32_t i;

  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  for (i = 0; i < 60; i++)
    {
      CHECK_EQ(net_send(dev, 65549, i), 0);
    }

  CHECK_EQ(g_sink.done, 60);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_sink.rx, 60);
  CHECK_EQ(g_sink.batches, 1);
  for (i = 0; i < 60; i++)
    {
      CHECK_EQ(g_sink.tag[i], i);
      CHECK_EQ(g_sink.when_ns[i], 1000000);
    }
}

static void test_flood(void **state)
{
  (void)state;
  assert_int_equal(run_pair(flood, false), 0);
}

/* A receiver without memory: counted, and the other side does not notice */

static void no_memory(void)
{
  struct net_driver_s *dev = create("");

  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK_EQ(net_send(dev, 1000, 1), 0);
  if (g_a)
    {
      hoard(0);
    }

  nxsched_ticksleep(100);
  if (g_a)
    {
      unhoard();
    }

  CHECK_EQ(g_sink.rx, g_a ? 0 : 1);
  CHECK_EQ(net_counter(dev, "rx_drop_memory"), g_a ? 1 : 0);
  CHECK_EQ(net_send(dev, 1000, 2), 0);
  nxsched_ticksleep(100);
  CHECK_EQ(g_sink.rx, g_a ? 1 : 2);
}

static void test_no_memory(void **state)
{
  (void)state;
  assert_int_equal(run_pair(no_memory, false), 0);
}

/* One ends: the other goes on, and hears of it */

static void one_ends(void)
{
  struct net_driver_s *dev = create("");

  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  nxsched_ticksleep(100);
  if (g_a)
    {
      return;
    }

  nxsched_ticksleep(SEC2TICK(10));
  CHECK_EQ(g_sink.carrier, 1);
  CHECK((dev->d_flags & NETDEV_CARRIER) == 0);
  CHECK_EQ(clock_systime_ns(), UINT64_C(10000100000));
  CHECK_EQ(net_send(dev, 100, 1), 0);
}

static void test_one_ends(void **state)
{
  (void)state;
  assert_int_equal(run_pair(one_ends, false), 0);
}

/* ... or follows: otherwise this would be a deadlock after a has gone */

static void follows(void)
{
  struct net_driver_s *dev = create(",follow=yes");

  CHECK_EQ(netdev_ifup(dev), 0);
  nxsched_ticksleep(g_a ? 100 : SEC2TICK(1000000));
  CHECK(g_a || clock_systime_ns() < UINT64_C(100000000000));
}

static void test_follows(void **state)
{
  (void)state;
  assert_int_equal(run_pair(follows, false), 0);
}

/* Two that do not fit together find out at once */

static const char *g_mine[2];
static const char *g_says;

static void misfit(void)
{
  char spec[128];

  snprintf(spec, sizeof(spec), "lockstep,fd=%d,%s", g_fd,
           g_mine[g_a ? 0 : 1]);
  CHECK(netdev_create(spec) == NULL);
  if (strstr(netdev_error(), g_says) == NULL)
    {
      printf("%s\n", netdev_error());
      CHECK(false);
    }
}

static void test_misfits(void **state)
{
  static const char *const table[][3] =
  {
    {"side=a", "side=a", "both are side=a"},
    {"side=a,mtu=9000", "side=b", "another mtu= or delay="},
    {"side=a,delay=1ms", "side=b", "another mtu= or delay="},
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
    {
      g_mine[0] = table[i][0];
      g_mine[1] = table[i][1];
      g_says    = table[i][2];
      assert_int_equal(run_pair(misfit, false), 0);
    }
}

/* Meeting by name, in any order; and only one clock */

static void meeting(void)
{
  struct net_driver_s *dev;
  char spec[128];

  snprintf(spec, sizeof(spec), "lockstep,meet=test%d,side=%c", (int)getppid(),
           g_a ? 'a' : 'b');
  dev = netdev_create(spec);
  CHECK(dev != NULL);
  CHECK(netdev_create(spec) == NULL);
  CHECK(strstr(netdev_error(), "there is one already") != NULL);
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK_EQ(net_send(dev, 100, 1), 0);
  nxsched_ticksleep(100);
  CHECK_EQ(g_sink.rx, 1);
}

static void test_meeting(void **state)
{
  int i;

  (void)state;
  for (i = 0; i < 20; i++)
    {
      assert_int_equal(run_pair(meeting, i % 2), 0);
    }
}

/* Not for real time, nor for anything but such a socket */

static void refused(void)
{
  CHECK(netdev_create("lockstep,meet=x,side=a") == NULL);
  CHECK(strstr(netdev_error(), "only under virtual time") != NULL);
}

static void test_refused(void **state)
{
  (void)state;
  assert_int_equal(net_run(refused, false, 1), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_ping_pong),
    cmocka_unit_test(test_flood),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_one_ends),
    cmocka_unit_test(test_follows),
    cmocka_unit_test(test_misfits),
    cmocka_unit_test(test_meeting),
    cmocka_unit_test(test_refused),
  };

  int failed;
  int i;

  for (i = 0; i < 2; i++)
    {
      snprintf(g_file[i], sizeof(g_file[i]), "/tmp/test_lockstep.%d.%c",
               (int)getpid(), "ab"[i]);
    }

  failed = cmocka_run_group_tests(tests, NULL, NULL);
  unlink(g_file[0]);
  unlink(g_file[1]);
  return failed;
}
