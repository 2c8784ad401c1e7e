/* bench/kernel_tap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Frames per second through a TAP, out and in: the kernel's device beside a
 * loop that only calls write() or read() on the same descriptor.
 *
 *   out  bare: write() of one buffer, over and over
 *        ours: reserve a place, take the buffer that came back last, write
 *              a header, commit; the device writes it and gives it back
 *   in   a packet socket fills the queue of the interface (txqueuelen); the
 *        time to empty it is taken.  bare: read() into one buffer until there
 *        is none.  ours: wake from sleep, read into the ring, take each frame
 *        out of it, hand it up, where it is given back.
 *
 * So neither loop allocates memory; the benchmark of mm/iob is about that.
 *
 * Both are timed in turn, in many short rounds; what counts is the median of
 * the ratios of a round.  The host drops what it gets: nobody there has asked
 * for this type of frame, so that what is left is the cost of the calls.
 *
 * The MTU is 9000 for the longest frames, 1500 for the others.  Runs itself
 * inside scripts/netlab.
 */

#define _GNU_SOURCE

#include <nuttx/config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <nuttx/semaphore.h>
#include <nuttx/sim.h>
#include <nuttx/net/netdev.h>

#define QUEUE      900               /* Frames that the host keeps for us;
                                      * less than the --txqueue below */
#define FILLS      1                 /* Per round */
#define OUT_FRAMES 500
#define MAXROUNDS  2001
#define MAXFRAME   9014
#define ETHERTYPE  0x88b5            /* For experiments; nobody listens */
#define TARGET     0.90

struct tap_bench_s
{
  struct net_driver_s *dev;
  int fd;                            /* The TAP's */
  int peer;                          /* A packet socket on the host's side */
  unsigned int size;
  unsigned int got;
  sem_t full;
  struct iob_s *free;                /* To be sent next */
  uint8_t frame[MAXFRAME];
  uint8_t in[MAXFRAME + 64];
};

struct result_s
{
  unsigned int size;
  double bare;                       /* ns per frame, medians */
  double ours;
  double ratio;
  double worst;
};

static struct tap_bench_s g_bench;
static unsigned int g_rounds = 301;
static const char *g_dir;
static struct result_s g_result[2][3];

/* Processor time: neither loop ever waits, and what else the machine does is
 * no part of this.
 */

static uint64_t now_ns(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void fatal(const char *what)
{
  fprintf(stderr, "kernel_tap: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* The host's side **********************************************************/

static void open_peer(struct tap_bench_s *b, const char *name)
{
  struct sockaddr_ll addr;
  int size = 1 << 28;
  int one = 1;

  memset(&addr, 0, sizeof(addr));
  addr.sll_family  = AF_PACKET;
  addr.sll_ifindex = (int)if_nametoindex(name);
  b->peer = socket(AF_PACKET, SOCK_RAW, 0);    /* It receives nothing */
  if (b->peer < 0 || bind(b->peer, (struct sockaddr *)&addr,
      sizeof(addr)) < 0)
    {
      fatal("packet socket");
    }

  if (setsockopt(b->peer, SOL_SOCKET, SO_SNDBUFFORCE, &size,
                 sizeof(size)) < 0)
    {
      fatal("SO_SNDBUFFORCE");
    }

  /* Straight into the queue of the interface: the host's scheduler might
   * put some of it off until we have found the queue empty.
   */

  if (setsockopt(b->peer, SOL_PACKET, PACKET_QDISC_BYPASS, &one,
                 sizeof(one)) < 0)
    {
      fatal("PACKET_QDISC_BYPASS");
    }
}

static void fill_queue(struct tap_bench_s *b)
{
  static struct mmsghdr msg[QUEUE];
  struct iovec iov =
  {
    b->frame, b->size
  };

  int sent = 0;
  int i;

  for (i = 0; i < QUEUE; i++)
    {
      msg[i].msg_hdr.msg_iov    = &iov;
      msg[i].msg_hdr.msg_iovlen = 1;
    }

  while (sent < QUEUE)
    {
      i = sendmmsg(b->peer, msg + sent, (unsigned int)(QUEUE - sent), 0);
      if (i <= 0)
        {
          fatal("sendmmsg");
        }

      sent += i;
    }
}

/* The descriptor that the device has opened */

static int find_fd(void)
{
  char path[64];
  char to[64];
  int fd;

  for (fd = 3; fd < 1024; fd++)
    {
      ssize_t n;

      snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
      n = readlink(path, to, sizeof(to) - 1);
      to[n > 0 ? n : 0] = '\0';
      if (strcmp(to, "/dev/net/tun") == 0)
        {
          return fd;
        }
    }

  errno = ENOENT;
  fatal("no descriptor of /dev/net/tun");
  return -1;
}

/* Out **********************************************************************/

static double out_bare(struct tap_bench_s *b)
{
  uint64_t start = now_ns();
  int i;

  for (i = 0; i < OUT_FRAMES; i++)
    {
      if (write(b->fd, b->frame, b->size) != (ssize_t)b->size)
        {
          fatal("write");
        }
    }

  return (double)(now_ns() - start) / OUT_FRAMES;
}

static double out_ours(struct tap_bench_s *b)
{
  uint64_t start = now_ns();
  int i;

  for (i = 0; i < OUT_FRAMES; i++)
    {
      struct iob_s *iob = b->free;

      if (iob == NULL || netdev_reserve(b->dev) < 0)
        {
          fatal("netdev_reserve");
        }

      b->free = NULL;
      memcpy(IOB_DATA(iob), b->frame, NETDEV_ETHHDRLEN);
      iob->io_len    = (uint16_t)b->size;
      iob->io_pktlen = b->size;
      netdev_commit(b->dev, iob, NULL);
    }

  return (double)(now_ns() - start) / OUT_FRAMES;
}

/* In ***********************************************************************/

static double in_bare(struct tap_bench_s *b)
{
  uint64_t sum = 0;
  int fill;

  for (fill = 0; fill < FILLS; fill++)
    {
      uint64_t start;
      int n = 0;

      fill_queue(b);
      start = now_ns();
      while (read(b->fd, b->in, sizeof(b->in)) == (ssize_t)b->size)
        {
          n++;
        }

      sum += now_ns() - start;
      if (n != QUEUE || errno != EAGAIN)
        {
          fatal("read: frames were lost");
        }
    }

  return (double)sum / (FILLS * QUEUE);
}

static void in_rx(struct net_driver_s *dev, struct iob_s *iob,
                  const struct netdev_offload_s *off)
{
  struct tap_bench_s *b = dev->d_upperarg;

  (void)off;
  b->got++;
  netdev_recycle(dev, iob);
}

static void in_rx_end(struct net_driver_s *dev)
{
  struct tap_bench_s *b = dev->d_upperarg;

  if (b->got >= QUEUE)
    {
      b->got = 0;
      nxsem_post(&b->full);
    }
}

static void out_txdone(struct net_driver_s *dev, struct iob_s *iob)
{
  struct tap_bench_s *b = dev->d_upperarg;

  b->free = iob;
}

static const struct netdev_upper_s g_upper =
{
  .txdone = out_txdone,
  .rx     = in_rx,
  .rx_end = in_rx_end
};

static double in_ours(struct tap_bench_s *b)
{
  uint64_t sum = 0;
  int fill;

  for (fill = 0; fill < FILLS; fill++)
    {
      uint64_t start;

      fill_queue(b);
      start = now_ns();
      nxsem_wait_uninterruptible(&b->full);
      sum += now_ns() - start;
    }

  return (double)sum / (FILLS * QUEUE);
}

/* Rounds *******************************************************************/

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a;
  double y = *(const double *)b;

  return (x > y) - (x < y);
}

static double median(double *value, unsigned int n)
{
  qsort(value, n, sizeof(value[0]), compare);
  return value[n / 2];
}

static void measure(struct tap_bench_s *b, struct result_s *result,
                    double (*bare)(struct tap_bench_s *),
                    double (*ours)(struct tap_bench_s *))
{
  double t[3][MAXROUNDS];
  unsigned int i;

  bare(b);                           /* Warm up */
  ours(b);
  for (i = 0; i < g_rounds; i++)
    {
      /* In turn first, so that neither always follows the other */

      if (i & 1)
        {
          t[0][i] = bare(b);
          t[1][i] = ours(b);
        }
      else
        {
          t[1][i] = ours(b);
          t[0][i] = bare(b);
        }

      t[2][i] = t[0][i] / t[1][i];
    }

  result->size  = b->size;
  result->bare  = median(t[0], g_rounds);
  result->ours  = median(t[1], g_rounds);
  result->ratio = median(t[2], g_rounds);
  result->worst = t[2][0];
}

static int bench_main(int argc, char *argv[])
{
  static const unsigned int size[] =
  {
    100, 1514, 9014
  };

  struct tap_bench_s *b = &g_bench;
  char spec[64];
  int i;

  (void)argc;
  (void)argv;
  snprintf(spec, sizeof(spec), "tap,name=%s,mtu=9000", getenv("NETLAB_TAP"));
  b->dev = netdev_create(spec);
  if (b->dev == NULL)
    {
      fprintf(stderr, "kernel_tap: %s\n", netdev_error());
      return 1;
    }

  nxsem_init(&b->full, 0, 0);
  netdev_attach(b->dev, &g_upper, b);
  b->fd = find_fd();
  open_peer(b, getenv("NETLAB_TAP"));
  memset(b->frame, 2, sizeof(b->frame));
  b->frame[12] = ETHERTYPE >> 8;
  b->frame[13] = ETHERTYPE & 0xff;
  if (netdev_ifup(b->dev) < 0)
    {
      return 1;
    }

  b->free = netdev_txalloc(b->dev, MAXFRAME, IOB_CLASS_TX);
  for (i = 0; i < 3; i++)
    {
      b->size = size[i];
      if (netdev_set_mtu(b->dev, b->size > 1514 ? 9000 : 1500) < 0)
        {
          fatal("netdev_set_mtu");
        }

      measure(b, &g_result[0][i], out_bare, out_ours);
      measure(b, &g_result[1][i], in_bare, in_ours);
    }

  iob_free_chain(b->free);
  close(b->peer);
  return 0;
}

static int report(void)
{
  static const char *const name[] =
  {
    "out", "in"
  };

  bool good = true;
  FILE *f = NULL;
  int dir;
  int i;

  if (g_dir != NULL)
    {
      char path[4096];

      snprintf(path, sizeof(path), "%s/kernel_tap.json", g_dir);
      f = fopen(path, "w");
      if (f == NULL)
        {
          fatal(path);
        }

      fprintf(f, "{\"rounds\": %u, \"tap\": [", g_rounds);
    }

  printf("TAP       size   bare frames/s   ours frames/s   ratio   worst\n");
  for (dir = 0; dir < 2; dir++)
    {
      for (i = 0; i < 3; i++)
        {
          struct result_s *r = &g_result[dir][i];

          good = good && r->ratio >= TARGET;
          printf("%-6s %7u %15.0f %15.0f %7.3f %7.3f%s\n", name[dir],
                 r->size, 1e9 / r->bare, 1e9 / r->ours, r->ratio, r->worst,
                 r->ratio >= TARGET ? "" : "  below 0.90");
          if (f != NULL)
            {
              fprintf(f, "%s{\"way\": \"%s\", \"size\": %u, \"bare_ns\": "
                      "%.1f, \"ours_ns\": %.1f, \"ratio\": %.4f, "
                      "\"worst\": %.4f}", dir + i > 0 ? ", " : "", name[dir],
                      r->size, r->bare, r->ours, r->ratio, r->worst);
            }
        }
    }

  if (f != NULL)
    {
      fprintf(f, "]}\n");
      if (fclose(f) != 0)
        {
          fatal("kernel_tap.json");
        }
    }

  return good ? 0 : 1;
}

static void usage(void)
{
  printf("usage: kernel_tap [--rounds N] [--dir DIR]\n\n"
         "Frames per second through a TAP, beside a loop of read() or "
         "write().\n\n"
         "  --rounds N  interleaved rounds, 7 to %d; 301 if not given\n"
         "  --dir DIR   write kernel_tap.json there\n\n"
         "Exit status: 0; 1 a median ratio is below 0.90, or an error; 2 "
         "wrong arguments;\n77 there can be no TAP here.\n", MAXROUNDS);
}

int main(int argc, char *argv[])
{
  static const struct option options[] =
  {
    {"rounds", required_argument, NULL, 'r'},
    {"dir", required_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}
  };

  static const struct sim_config_s cfg =
  {
    .bringup = netdev_initialize
  };

  int c;

  if (getenv("NETLAB") == NULL)
    {
      static const char *const lab[] =
      {
        "netlab", "--mtu", "9000", "--no-ipv6", "--txqueue", "1000", "--"
      };

      const char *args[32];
      int n = sizeof(lab) / sizeof(lab[0]);

      memcpy(args, lab, sizeof(lab));
      for (c = 0; c < argc && n < 31; c++)
        {
          args[n++] = argv[c];
        }

      args[n] = NULL;
      execv("scripts/netlab", (char **)args);
      fatal("scripts/netlab");
    }

  while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
      switch (c)
        {
          case 'r':
            g_rounds = (unsigned int)atoi(optarg);
            break;

          case 'd':
            g_dir = optarg;
            break;

          case 'h':
            usage();
            return 0;

          default:
            return 2;
        }
    }

  if (optind < argc || g_rounds < 7 || g_rounds > MAXROUNDS)
    {
      fprintf(stderr, "kernel_tap: wrong arguments (try --help)\n");
      return 2;
    }

  c = sim_run(&cfg, bench_main, 0, NULL);
  return c != 0 ? c : report();
}
