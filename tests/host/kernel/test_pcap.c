/* tests/host/kernel/test_pcap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The capture wrapper.  Goal: what it writes is a pcapng file that libpcap
 * reads, with every frame, its time to the nanosecond and its direction; and
 * two runs with the same seed are the same file.  Method: captures of
 * kernels in virtual time, read back with libpcap; what libpcap does not
 * tell (direction, names) is read from the blocks themselves.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include <nuttx/clock.h>
#include <nuttx/sched.h>

#include "netutil.h"

#define FRAMES 200

static struct fake_s g_fake;
static struct sink_s g_sink;
static char g_file[64];
static uint64_t g_when[FRAMES];
static const char *g_spec;

static unsigned int frame_len(uint32_t i)
{
  return 60 + i * 7;
}

/* Frames in turn sent and received, at odd moments */

static void capture(void)
{
  struct net_driver_s *dev = fake_create(&g_fake, 64);
  struct timespec ts;
  char spec[128];
  uint32_t i;

  snprintf(spec, sizeof(spec), "pcap,file=%s%s", g_file, g_spec);
  dev = netdev_wrap(dev, spec);
  CHECK(dev != NULL);
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  for (i = 0; i < FRAMES; i++)
    {
      nxsched_ticksleep(1 + (i * i) % 977);
      nxclock_gettime(CLOCK_REALTIME, &ts);
      g_when[i] = (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
      if (i % 3 == 0)
        {
          fake_rx(&g_fake, frame_len(i), i);
        }
      else
        {
          CHECK_EQ(net_send(dev, frame_len(i), i), 0);
        }
    }

  CHECK_EQ(net_counter(dev, "captured"), FRAMES);
}

static pcap_t *open_capture(const char *file)
{
  char error[PCAP_ERRBUF_SIZE];
  pcap_t *p = pcap_open_offline_with_tstamp_precision(
    file, PCAP_TSTAMP_PRECISION_NANO, error);

  if (p == NULL)
    {
      fail_msg("%s: %s", file, error);
    }

  return p;
}

static void check_capture(unsigned int snap)
{
  pcap_t *p = open_capture(g_file);
  struct pcap_pkthdr *h;
  const u_char *data;
  uint32_t tag;
  unsigned int i;

  assert_int_equal(pcap_datalink(p), DLT_EN10MB);
  for (i = 0; pcap_next_ex(p, &h, &data) == 1; i++)
    {
      assert_true(i < FRAMES);
      memcpy(&tag, data + 14, sizeof(tag));
      assert_int_equal(tag, i);
      assert_int_equal(h->len, frame_len(i));
      assert_int_equal(h->caplen, frame_len(i) < snap ? frame_len(i) : snap);
      assert_true((uint64_t)h->ts.tv_sec * NSEC_PER_SEC +
                  (uint64_t)h->ts.tv_usec == g_when[i]);
    }

  assert_int_equal(i, FRAMES);
  pcap_close(p);
}

static uint8_t *read_file(const char *file, size_t *size)
{
  FILE *f = fopen(file, "rb");
  uint8_t *data;

  assert_non_null(f);
  fseek(f, 0, SEEK_END);
  *size = (size_t)ftell(f);
  rewind(f);
  data = malloc(*size + 1);
  assert_int_equal(fread(data, 1, *size, f), *size);
  data[*size] = 0;
  fclose(f);
  return data;
}

static uint32_t word(const uint8_t *data, size_t at)
{
  uint32_t value;

  memcpy(&value, data + at, sizeof(value));
  return value;
}

/* Walk over the blocks: sizes agree, and each packet has its direction */

static void check_blocks(void)
{
  size_t size;
  uint8_t *data = read_file(g_file, &size);
  size_t at = 0;
  unsigned int n = 0;
  unsigned int i = 0;

  for (; at < size; n++)
    {
      uint32_t len = word(data, at + 4);

      assert_true(len % 4 == 0 && at + len <= size);
      assert_int_equal(word(data, at + len - 4), len);
      assert_int_equal(word(data, at), n == 0 ? 0x0a0d0d0a : n == 1 ? 1 : 6);
      if (n == 1)
        {
          assert_memory_equal(data + at + 16, "\2\0\4\0eth0", 8);
          assert_memory_equal(data + at + 24, "\3\0\4\0fake", 8);
        }
      else if (n > 1)
        {
          /* The option, its value, the end of options, the length */

          assert_int_equal(word(data, at + len - 16), 0x00040002);
          assert_int_equal(word(data, at + len - 12), i++ % 3 == 0 ? 1 : 2);
        }

      at += len;
    }

  assert_int_equal(n, 2 + FRAMES);
  free(data);
}

static void test_read_back(void **state)
{
  (void)state;
  g_spec = "";
  assert_int_equal(net_run(capture, true, 1), 0);
  check_capture(65536);
  check_blocks();
}

static void test_snaplen(void **state)
{
  (void)state;
  g_spec = ",snaplen=101,sync";
  assert_int_equal(net_run(capture, true, 1), 0);
  check_capture(101);
}

/* IP frames of the loopback are another link type */

static void loop(void)
{
  struct net_driver_s *dev = netdev_create("loopback");
  char spec[128];

  snprintf(spec, sizeof(spec), "pcap,file=%s", g_file);
  dev = netdev_wrap(dev, spec);
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK_EQ(net_send(dev, 100, 1), 0);
  nxsched_ticksleep(1);
  CHECK_EQ(net_counter(dev, "captured"), 2);
}

static void test_loopback(void **state)
{
  pcap_t *p;

  (void)state;
  assert_int_equal(net_run(loop, true, 1), 0);
  p = open_capture(g_file);
  assert_int_equal(pcap_datalink(p), DLT_RAW);
  pcap_close(p);
}

/* Start, stop, start anew; a file that can not be written harms nothing */

static void commands(void)
{
  struct net_driver_s *dev = netdev_wrap(fake_create(&g_fake, 64), "pcap");
  char spec[128];

  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK_EQ(net_send(dev, 100, 1), 0);
  CHECK_EQ(net_counter(dev, "captured"), 0);
  CHECK_EQ(netdev_control(dev, "file=/nonexistent/x"), -ENOENT);
  CHECK(strstr(netdev_error(), "can not write /nonexistent/x") != NULL);

  snprintf(spec, sizeof(spec), "file=%s", g_file);
  CHECK_EQ(netdev_control(dev, spec), 0);
  CHECK_EQ(net_send(dev, 100, 2), 0);
  CHECK_EQ(netdev_control(dev, "file=/nonexistent/x"), -ENOENT);
  CHECK_EQ(netdev_control(dev, "flush=x"), -EINVAL);
  CHECK_EQ(net_send(dev, 100, 3), 0);
  CHECK_EQ(netdev_control(dev, "flush"), 0);
  CHECK_EQ(netdev_control(dev, "stop"), 0);
  CHECK_EQ(net_send(dev, 100, 4), 0);
  CHECK_EQ(net_counter(dev, "captured"), 2);

  /* A full disk is told at once, and does not end the traffic */

  CHECK(netdev_control(dev, "file=/dev/full") < 0);
  CHECK(strstr(netdev_error(), "/dev/full") != NULL);
  CHECK_EQ(net_send(dev, 100, 5), 0);
  CHECK_EQ(net_send(dev, 100, 6), 0);
  CHECK_EQ(net_counter(dev, "captured"), 2);
  CHECK_EQ(g_fake.sent, 6);
}

static void test_commands(void **state)
{
  size_t size;

  (void)state;
  assert_int_equal(net_run(commands, true, 1), 0);
  free(read_file(g_file, &size));
  assert_int_equal(size % 4, 0);
}

/* Replay *******************************************************************/

/* Everything at once, driven by the kernel's own randomness */

static void busy(void)
{
  struct net_driver_s *dev = fake_create(&g_fake, 64);
  char spec[160];
  uint32_t i;

  snprintf(spec, sizeof(spec), "pcap,file=%s", g_file);
  dev = netdev_wrap(dev, "hold,time=200us");
  dev = netdev_wrap(dev, "fault,loss=5%,dup=5%,corrupt=5%,reorder=5%,"
                    "delay=1ms,jitter=900us,rate=20mbit,burst-start=1%");
  dev = netdev_wrap(dev, spec);
  snprintf(spec, sizeof(spec), "fault,loss=2%%,delay=10us");
  dev = netdev_wrap(dev, spec);
  CHECK(dev != NULL);
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  for (i = 0; i < 2000; i++)
    {
      unsigned int len = 60 + (unsigned int)(sim_random() % 1000);

      if (sim_random() % 2)
        {
          net_send(dev, len, i);
        }
      else
        {
          fake_rx(&g_fake, len, i);
        }

      nxsched_ticksleep((clock_t)(sim_random() % 500));
    }
}

static void test_replay(void **state)
{
  size_t size[3];
  uint8_t *data[3];
  unsigned int i;

  (void)state;
  for (i = 0; i < 3; i++)
    {
      assert_int_equal(net_run(busy, true, i < 2 ? 42 : 43), 0);
      data[i] = read_file(g_file, &size[i]);
    }

  assert_true(size[0] > 100000);
  assert_int_equal(size[0], size[1]);
  assert_memory_equal(data[0], data[1], size[0]);
  assert_true(size[0] != size[2] || memcmp(data[0], data[2], size[0]) != 0);
  for (i = 0; i < 3; i++)
    {
      free(data[i]);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_read_back),
    cmocka_unit_test(test_snaplen),
    cmocka_unit_test(test_loopback),
    cmocka_unit_test(test_commands),
    cmocka_unit_test(test_replay),
  };

  int failed;

  snprintf(g_file, sizeof(g_file), "/tmp/test_pcap.%d", (int)getpid());
  failed = cmocka_run_group_tests(tests, NULL, NULL);
  unlink(g_file);
  return failed;
}
