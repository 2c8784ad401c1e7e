/* tests/host/net/test_net_kernel.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The stack in a kernel under real time (net_kernel.c).  Goal: timers that
 * are due do not run before input that is there already, since their answer
 * may be in it; but who always has more input cannot keep them from running.
 * Method: a descriptor of the host that gives one piece of input at a time,
 * as a device with more frames than it reads at once, and timers of the
 * stack.
 */

#include "kernel/ktest.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <nuttx/fs/fs.h>
#include <nuttx/net/net.h>
#include <nuttx/net/netdev.h>

#include "net.h"

#define FRAMES 200

static struct sim_event_s g_event;
static struct net_timer_s g_timer[2];
static unsigned int g_read;            /* Pieces of input */
static unsigned int g_read_before[2];  /* ... when the timer ran */
static unsigned int g_ran;
static bool g_endless;

static void reads(void *arg, unsigned int events)
{
  uint64_t one;

  UNUSED(arg);
  UNUSED(events);
  if (read(g_event.fd, &one, sizeof(one)) == sizeof(one))
    {
      g_read++;
    }

  one = 1;
  if (g_endless && write(g_event.fd, &one, sizeof(one)) != sizeof(one))
    {
      CHECK(false);
    }
}

static void runs(struct net_timer_s *timer)
{
  g_read_before[timer - g_timer] = g_read;
  g_ran++;
}

/* So many pieces are there, and timers were due long ago */

static void input(unsigned int n, nettime_t late)
{
  nettime_t now = clock_refresh();
  unsigned int i;

  g_read = 0;
  g_ran  = 0;
  memset(&g_event, 0, sizeof(g_event));
  g_event.fd    = eventfd(n, EFD_NONBLOCK | EFD_SEMAPHORE);
  g_event.ready = reads;
  CHECK(g_event.fd >= 0);
  EQUAL(sim_event_add(&g_event, SIM_IN), 0);
  for (i = 0; i < 2; i++)
    {
      net_timer_start(&g_timer[i], late < now ? now - late + i : i, runs);
    }
}

static void end(void)
{
  EQUAL(sim_event_del(&g_event), 0);
  close(g_event.fd);
}

/* However late they are */

static int input_first(int argc, char *argv[])
{
  static const nettime_t late[] =
  {
    2, NET_MSEC, NET_SEC
  };

  unsigned int i;

  UNUSED(argc);
  UNUSED(argv);
  for (i = 0; i < nitems(late); i++)
    {
      input(FRAMES, late[i]);
      while (g_ran < 2)
        {
          nxsig_usleep(1);
        }

      EQUAL(g_read_before[0], FRAMES);
      EQUAL(g_read_before[1], FRAMES);
      end();
    }

  return 0;
}

static int without_input(int argc, char *argv[])
{
  UNUSED(argc);
  UNUSED(argv);
  input(0, NET_SEC);
  while (g_ran < 2)
    {
      nxsig_usleep(1);
    }

  EQUAL(g_read, 0);
  end();
  return 0;
}

static int endless_input(int argc, char *argv[])
{
  UNUSED(argc);
  UNUSED(argv);
  g_endless = true;
  input(1, NET_SEC);
  while (g_ran < 2)
    {
      nxsig_usleep(1);
    }

  CHECK(g_read_before[0] > 1);
  g_endless = false;
  end();
  return 0;
}

static int bringup(void)
{
  int ret = fs_initialize();

  ret = ret < 0 ? ret : netdev_initialize();
  return ret < 0 ? ret : net_kernel_initialize();
}

KTEST(input_first);
KTEST(without_input);
KTEST(endless_input);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_input_first),
    cmocka_unit_test(test_without_input),
    cmocka_unit_test(test_endless_input),
  };

  g_ktest.virtual_time = false;
  g_ktest.bringup = bringup;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
