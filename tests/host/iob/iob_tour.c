/* tests/host/iob/iob_tour.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A tour of the shared I/O buffers, for those who see them for the first
 * time.  Every step says in one sentence what happens, shows the call, does
 * it, and draws what came of it: the views as windows on their extent, the
 * arena as one character for each granule, and the counts that changed.
 * Nothing is made up: the drawings are iob_arena_map(), the numbers are
 * iob_getinfo(), and what a step claims is checked.
 *
 * The words: the arena is all of the memory; it is divided into granules.
 * An extent is a run of granules that is handed out in one piece.  A view
 * (struct iob_s) is a window on an extent; several views may share one.
 *
 * The program adapts to the arena of its configuration.  From 45 KiB on it
 * shows jumbo frames: a segment of 8960 bytes and a receive ring of 9216.
 * In less, with the few kilobytes of the default, they are 4480 and 1536.
 *
 * Exit status: 0, 1 if a check failed, 2 for wrong arguments.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nuttx/mm/iob.h>

#include "host_port.h"

#define ROW       64        /* Granules in a line of the map */
#define BAR       36        /* Columns of a drawn extent */
#define WIDTH     78        /* Columns of a line */
#define NMOMENTS  8

#define JUMBO     (5 * 9216) /* An arena of that size has room for it all */
#define MSS       8960      /* A segment of TCP over an MTU of 9000 */
#define HEADERS   54        /* Ethernet, IPv4 and TCP */
#define HEADROOM  128
#define SHORT     100       /* A short packet */
#define NSHORT    20        /* ... so many of them in a row */

/* A count of iob_getinfo() */

struct count_s
{
  const char *name;
  size_t at;                /* Where in struct iob_info_s */
  size_t size;              /* Its size there */
};

#define COUNT(name, field) \
  { name, offsetof(struct iob_info_s, field), \
    sizeof(((struct iob_info_s *)0)->field) }

static const struct count_s g_counts[] =
{
  COUNT("used", used),
  COUNT("cached", cached),
  COUNT("largest", largest),
  COUNT("views_used", views_used),
  COUNT("alloc", nalloc),
  COUNT("share", nshare),
  COUNT("copy", ncopy),
  COUNT("bytes_copied", bytes_copied),
  COUNT("bounce", nbounce),
  COUNT("copybreak", ncopybreak),
  COUNT("ringkeep", nringkeep),
  COUNT("ringdrop", nringdrop),
  COUNT("defer", ndefer),
  COUNT("kick", nkick),
  COUNT("minimum", nminimum),
  COUNT("wait", nwaits),
  COUNT("timeout", ntimeout),
  COUNT("pass", npass),
  COUNT("saturated", nsaturated),
  COUNT("fail_views", fail_views),
  COUNT("fail_space", fail_space),
  COUNT("fail_frag", fail_frag),
  COUNT("fail_class", fail_class),
  COUNT("fail_turn", fail_turn),
  COUNT("fail_size", fail_size),
  COUNT("fault", fault),
};

/* What was held at one moment, and what fixed buffers would have held */

struct moment_s
{
  const char *what;
  size_t held;
  size_t fixed;
  size_t copied;            /* Payload copied so far */
  size_t copied_fixed;
};

struct tour_s
{
  bool colour;
  unsigned int step;
  unsigned int failed;
  char *map;                /* The arena now, and at the start */
  char *empty;
  struct iob_info_s last;   /* The counts after the step before */

  struct moment_s moment[NMOMENTS];
  unsigned int nmoments;
  size_t copied;
  size_t copied_fixed;

  /* The actors */

  struct iob_s *pkt;        /* A short packet that lies there all along */
  struct iob_s *tcp;        /* A segment in TCP's write queue */
  struct iob_s *drv;        /* The frame in the driver's hands */
  struct iob_s *slot[2];    /* The receive ring */
  unsigned int mss;
  unsigned int ringsize;
  unsigned int fixed;       /* Buffers of a pool of one size */
  struct iob_s *unread;     /* Packets that nobody reads */
  struct iob_s *log;        /* A message that grows and shrinks */
  bool kicked;
  unsigned int waiting;     /* Tasks that wait, seen by another task */
};

static struct tour_s g_tour;
static uint8_t g_user[MSS]; /* A user's data */

static const char g_usage[] =
"usage: iob_tour [--plain]\n"
"\n"
"Shows step by step what the shared I/O buffers do: allocate, share, push,\n"
"resend, receive, shrink, grow, copy on write, run out, wait, free.  Each\n"
"step shows the call, the views, the arena and the counts that changed.\n"
"\n"
"  --plain  no colours; so it is, too, when the output is no terminal, when\n"
"           NO_COLOR is set, or when TERM is dumb or not set\n"
"  --help   this text\n"
"\n"
"Exit status: 0, 1 if a check failed, 2 for wrong arguments.\n";

/* The sequence that starts the colour of a character of the map */

static const char *colour_of(char c)
{
  switch (c)
    {
      case 'R':
      case 'r':
        return "\033[32m";

      case 'T':
      case 't':
        return "\033[36m";

      case 'C':
      case 'c':
        return "\033[33m";

      case 'G':
      case 'g':
        return "\033[34m";

      case 'S':
      case 's':
      case '#':
        return "\033[35m";

      default:
        return "\033[2m";
    }
}

/* Print n characters, each run of equal colour in its colour */

static void put_coloured(const char *text, size_t n)
{
  const char *colour = NULL;
  size_t i;

  if (!g_tour.colour)
    {
      printf("%.*s", (int)n, text);
      return;
    }

  for (i = 0; i < n; i++)
    {
      const char *next = colour_of(text[i]);

      if (colour == NULL || strcmp(next, colour) != 0)
        {
          printf("\033[0m%s", next);
          colour = next;
        }

      putchar(text[i]);
    }

  printf("\033[0m");
}

/* Something that must be true */

static void expect(bool good, const char *what)
{
  if (!good)
    {
      printf("    FAILED: %s\n", what);
      g_tour.failed++;
    }
}

/* Begin a step: a sentence, and the call that is made */

static void step(const char *what, const char *call, ...)
{
  va_list ap;

  printf("\n%s%2u  %s%s\n\n    ", g_tour.colour ? "\033[1m" : "",
         ++g_tour.step, what, g_tour.colour ? "\033[0m" : "");
  va_start(ap, call);
  vprintf(call, ap);
  va_end(ap);
  printf("\n");
}

/* Allocate what the tour can not do without */

static struct iob_s *get(unsigned int size, unsigned int headroom,
                         enum iob_class_e cls)
{
  struct iob_s *iob = iob_alloc_contig(size, headroom, cls);

  if (iob == NULL)
    {
      fflush(stdout);
      fprintf(stderr, "iob_tour: the arena of this configuration is too "
              "small\n");
      exit(1);
    }

  return iob;
}

/* The column of a byte of an extent */

static unsigned int column(size_t at, size_t size)
{
  return (at * BAR + size / 2) / size;
}

/* Draw one view as a window on the extent of size bytes at base */

static void draw_view(const char *name, const struct iob_s *iob,
                      const uint8_t *base, size_t size)
{
  size_t start = iob->io_data - base;
  unsigned int tail = IOB_FREESPACE(iob);
  unsigned int edge[4];
  char bar[BAR];
  unsigned int i;

  expect(start + IOB_BUFSIZE(iob) <= size, "a window leaves its extent");

  edge[0] = column(start, size);
  edge[1] = column(start + iob->io_offset, size);
  edge[2] = column(start + iob->io_offset + iob->io_len, size);
  edge[3] = column(start + IOB_BUFSIZE(iob), size);

  /* Whatever is there gets a column */

  if (iob->io_offset > 0 && edge[1] == edge[0])
    {
      edge[1]++;
    }

  if (tail > 0 && edge[2] == edge[3])
    {
      edge[2]--;
    }

  memset(bar, ' ', sizeof(bar));
  for (i = edge[0]; i < edge[3] && i < BAR; i++)
    {
      bar[i] = i < edge[1] ? '<' : i < edge[2] ? '#' : '>';
    }

  printf("    %-5s|", name);
  put_coloured(bar, BAR);
  printf("|%9u %8u %9u\n", iob->io_offset, iob->io_len, tail);
}

static void draw_title(size_t size)
{
  char text[40];

  snprintf(text, sizeof(text), "an extent of %zu bytes", size);
  printf("\n    %-44s%s\n", text, "head-room     data tail-room");
}

/* The size of a private extent: its window and the rest of the granule */

static size_t size_of(const struct iob_s *iob)
{
  return (size_t)IOB_BUFSIZE(iob) + iob->io_slack;
}

/* A private extent, and its only view */

static void draw_private(const char *name, const struct iob_s *iob)
{
  size_t size = size_of(iob);

  draw_title(size);
  draw_view(name, iob, iob->io_data, size);
}

/* Draw the arena.  Lines that are all the same are drawn once. */

static void draw_map(void)
{
  int n = iob_arena_map(g_tour.map, g_tour.last.arena);
  char *map = g_tour.map;
  int same = 0;
  int i;

  printf("\n");
  for (i = 0; i < n; i += ROW)
    {
      int len = n - i < ROW ? n - i : ROW;

      if (i > 0 && len == ROW && i + ROW < n &&
          memcmp(&map[i], &map[i - ROW], ROW) == 0)
        {
          same++;
          continue;
        }

      if (same > 0)
        {
          printf("         (%d more of these)\n", same);
          same = 0;
        }

      printf("    %4d |", i);
      put_coloured(&map[i], len);
      printf("|\n");
    }
}

static uint64_t count_of(const struct iob_info_s *info,
                         const struct count_s *count)
{
  const char *at = (const char *)info + count->at;
  uint64_t wide;
  uint32_t narrow;

  if (count->size == sizeof(wide))
    {
      memcpy(&wide, at, sizeof(wide));
      return wide;
    }

  memcpy(&narrow, at, sizeof(narrow));
  return narrow;
}

/* Print the counts that are not those of the step before */

static void draw_counts(void)
{
  struct iob_info_s info;
  int col = 0;
  size_t i;

  iob_getinfo(&info);
  printf("\n");

  for (i = 0; i < sizeof(g_counts) / sizeof(g_counts[0]); i++)
    {
      uint64_t before = count_of(&g_tour.last, &g_counts[i]);
      uint64_t now = count_of(&info, &g_counts[i]);
      char text[64];
      int len;

      if (before == now)
        {
          continue;
        }

      len = snprintf(text, sizeof(text), "%s %llu -> %llu",
                     g_counts[i].name, (unsigned long long)before,
                     (unsigned long long)now);

      if (col > 0 && col + 2 + len >= WIDTH)
        {
          printf(",\n");
          col = 0;
        }

      col += printf("%s%s", col > 0 ? ", " : "    ", text);
    }

  printf("%s\n", col > 0 ? "" : "    no count changed");
  g_tour.last = info;
}

/* End a step */

static void done(void)
{
  draw_map();
  draw_counts();
  expect(iob_check() == 0, "iob_check() has found a contradiction");
  expect(g_tour.last.fault == 0, "the library reported a fault");
}

/* Note what is held now, where a fixed pool would have so many buffers out.
 * Each of them must hold the largest frame, and has a descriptor.
 */

static void moment(const char *what, unsigned int nbuffers)
{
  struct moment_s *note = &g_tour.moment[g_tour.nmoments++];
  struct iob_info_s info;

  iob_getinfo(&info);
  note->what         = what;
  note->held         = info.used + info.views_used * sizeof(struct iob_s);
  note->fixed        = nbuffers * (g_tour.fixed + sizeof(void *) + 8);
  note->copied       = g_tour.copied + (size_t)info.bytes_copied;
  note->copied_fixed = g_tour.copied_fixed;
}

/* Put n bytes of data in an empty buffer, as a device or a task does */

static void fill(struct iob_s *iob, unsigned int n, int value)
{
  memset(IOB_DATA(iob), value, n);
  iob->io_len    = n;
  iob->io_pktlen = n;
}

static bool start(void)
{
  bool jumbo;
  size_t n;
  size_t i;

  host_port_reset();
  iob_initialize();
  iob_getinfo(&g_tour.last);

  n            = g_tour.last.arena / IOB_GRANULE;
  g_tour.map   = malloc(n + 1);
  g_tour.empty = malloc(n + 1);
  if (g_tour.map == NULL || g_tour.empty == NULL)
    {
      return false;
    }

  iob_arena_map(g_tour.empty, n + 1);

  jumbo           = g_tour.last.arena >= JUMBO;
  g_tour.mss      = jumbo ? MSS : MSS / 2;
  g_tour.ringsize = jumbo ? 9216 : 1536;
  g_tour.fixed    = jumbo ? 9216 : 4608;

  for (i = 0; i < sizeof(g_user); i++)
    {
      g_user[i] = (uint8_t)(i * 7 + 1);
    }

  return true;
}

static void legend(void)
{
  static const char *const line[] =
    {
      "R r", "received data", "T t", "data to be sent",
      "C c", "control packets", "G g", "receive ring",
      "S s", "shared", "M m", "standing, for those who have nothing",
      "-", "free, in the front cache", ".", "free"
    };

  size_t reserve = 0;
  size_t i;

  printf("The arena: %zu bytes in granules of %u, one character each.  A "
         "capital\nbegins an extent.\n\n", g_tour.last.arena, IOB_GRANULE);

  for (i = 0; i < sizeof(line) / sizeof(line[0]); i += 2)
    {
      printf("    ");
      put_coloured(line[i], strlen(line[i]));
      printf("%*s  %s\n", (int)(3 - strlen(line[i])), "", line[i + 1]);
    }

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      reserve += g_tour.last.class_reserve[i];
    }

  printf("\nThe last %zu bytes that are free here, %zu granules, are the "
         "reserves of the\nclasses: used when the rest has nothing, and no "
         "part of \"largest\".  Small\nextents lie in blocks of up to 24 "
         "granules, which they share; long ones come\nfrom the top.\n",
         reserve, reserve / IOB_GRANULE);
  printf("\nA view is drawn as its window on the extent: ");
  put_coloured("<", 1);
  printf(" head-room, ");
  put_coloured("#", 1);
  printf(" data, ");
  put_coloured(">", 1);
  printf("\ntail-room; then the bytes of each.\n");
  draw_map();
}

static void tour_allocate(void)
{
  struct iob_s *tcp;
  int mss = g_tour.mss;

  step("A packet of 100 bytes takes two granules.",
       "pkt = iob_alloc_contig(100, 0, IOB_CLASS_RX)");
  g_tour.pkt = get(SHORT, 0, IOB_CLASS_RX);
  fill(g_tour.pkt, SHORT, 'p');
  draw_private("pkt", g_tour.pkt);
  moment("A packet of 100 bytes", 1);
  done();

  step("A long segment is one address range of the same arena.",
       "tcp = iob_alloc_contig(%d, 128, IOB_CLASS_TX)", mss);
  tcp = get(mss, HEADROOM, IOB_CLASS_TX);
  g_tour.tcp = tcp;
  expect((uintptr_t)tcp->io_data % IOB_GRANULE == 0, "it is aligned");
  draw_private("tcp", tcp);
  done();

  step("The user's bytes are copied in: the only copy on the way out.",
       "iob_trycopyin(tcp, user, %d, 0, false)", mss);
  expect(iob_trycopyin(tcp, g_user, mss, 0, false) == mss, "copied in");
  g_tour.copied       += mss;
  g_tour.copied_fixed += mss;
  draw_private("tcp", tcp);
  done();
}

static void kick(struct iob_defer_s *defer)
{
  (void)defer;
  g_tour.kicked = true;
}

/* Hand the segment to the driver, with headers in front: a send or a resend.
 * The extent is drawn.
 */

static void transmit(unsigned int len, const uint8_t *base, size_t size)
{
  g_tour.drv = iob_share(g_tour.tcp, 0, len);
  expect(g_tour.drv != NULL, "shared");
  expect(iob_push(g_tour.drv, HEADERS) == 0, "pushed");
  memset(IOB_DATA(g_tour.drv), 'h', HEADERS);

  expect(g_tour.drv->io_flink == NULL &&
         IOB_DATA(g_tour.drv) + HEADERS == IOB_DATA(g_tour.tcp),
         "the frame is one piece, and the payload the same bytes");
  expect(memcmp(IOB_DATA(g_tour.drv) + HEADERS, &g_user[g_tour.mss - len],
                len) == 0, "the payload is the user's");

  draw_title(size);
  draw_view("tcp", g_tour.tcp, base, size);
  draw_view("drv", g_tour.drv, base, size);
}

static void tour_send(void)
{
  static char what[64];
  struct iob_defer_s defer = { kick, NULL };
  const uint8_t *base = g_tour.tcp->io_data;
  size_t size = size_of(g_tour.tcp);
  unsigned int mss = g_tour.mss;

  step("The driver gets a view of the same bytes, and the head-room with it.",
       "drv = iob_share(tcp, 0, %u);  iob_push(drv, 54)", mss);
  transmit(mss, base, size);
  printf("\n    two more descriptors: the view, and the count of the "
         "views\n");
  g_tour.copied_fixed += mss;
  snprintf(what, sizeof(what), "+ a frame of %u, queued and at the driver",
           mss + HEADERS);
  moment(what, 3);
  done();

  step("A resend while the driver holds the frame has to wait for a kick.",
       "iob_push(tcp, 54): -ENOSPC;  iob_defer(&defer, tcp): 0");
  expect(iob_push(g_tour.tcp, HEADERS) == -ENOSPC, "no head-room");
  expect(iob_defer(&defer, g_tour.tcp) == 0, "deferred");
  done();

  step("The driver is done; whoever drops a view kicks the one who waits.",
       "iob_free(drv)");
  iob_free(g_tour.drv);
  expect(g_tour.kicked, "kicked");
  draw_title(size);
  draw_view("tcp", g_tour.tcp, base, size);
  done();

  step("The resend writes its headers in place; again nothing is copied.",
       "drv = iob_share(tcp, 0, %u);  iob_push(drv, 54)", mss);
  transmit(mss, base, size);
  g_tour.copied_fixed += mss;
  moment("+ the same, sent again", 3);
  done();

  step("Half is acknowledged: the dead bytes become the next head-room.",
       "iob_free(drv);  iob_trimhead(tcp, %u);\n"
       "    drv = iob_share(tcp, 0, %u);  iob_push(drv, 54)", mss / 2,
       mss / 2);
  iob_free(g_tour.drv);
  g_tour.tcp = iob_trimhead(g_tour.tcp, mss / 2);
  transmit(mss / 2, base, size);
  done();

  step("All is acknowledged while the driver still sends: the view goes...",
       "iob_free(tcp)");
  iob_free(g_tour.tcp);
  draw_title(size);
  draw_view("drv", g_tour.drv, base, size);
  done();

  step("... and the memory returns with the last view.", "iob_free(drv)");
  iob_free(g_tour.drv);
  done();
  expect(g_tour.last.bytes_copied == 0, "nothing was copied");
}

static void tour_receive(void)
{
  static char what[64];
  struct iob_s *frame;
  struct iob_s *was;
  unsigned int i;

  step("A driver posts two buffers of its MTU for reception.",
       "slot[i] = iob_alloc_contig(%u, 0, IOB_CLASS_RING)",
       g_tour.ringsize);
  for (i = 0; i < 2; i++)
    {
      g_tour.slot[i] = get(g_tour.ringsize, 0, IOB_CLASS_RING);
    }

  done();

  step("A long frame is kept where it is; a new buffer takes its place.",
       "frame = iob_rxtake(&slot[0], %u)", g_tour.ringsize - 200);
  was   = g_tour.slot[0];
  frame = iob_rxtake(&g_tour.slot[0], g_tour.ringsize - 200);
  expect(frame == was && g_tour.slot[0] != was, "kept and replaced");
  draw_private("frame", frame);
  g_tour.unread = frame;
  done();

  step("Short ones are copied to extents of their size: the ring stays.",
       "frame = iob_rxtake(&slot[1], 100)   (%u times)", NSHORT);
  was = g_tour.slot[1];
  for (i = 0; i < NSHORT; i++)
    {
      frame = iob_rxtake(&g_tour.slot[1], SHORT);
      expect(frame != NULL && frame != was && g_tour.slot[1] == was,
             "copied, and posted again");
      frame->io_flink = g_tour.unread;
      g_tour.unread   = frame;
    }

  g_tour.copied += NSHORT * SHORT;
  draw_private("frame", frame);
  snprintf(what, sizeof(what), "2 x %u posted, 1 long and %u short unread",
           g_tour.ringsize, NSHORT);
  moment(what, 1 + 2 + 1 + NSHORT);
  done();

  step("The packets are read and the interface goes down.",
       "iob_free_chain(unread);  iob_free(slot[0]);  iob_free(slot[1])");
  iob_free_chain(g_tour.unread);
  iob_free(g_tour.slot[0]);
  iob_free(g_tour.slot[1]);
  done();
}

static void tour_resize(void)
{
  struct iob_s *next;

  step("A message of 500 bytes turns out to be all of a buffer for 1400.",
       "log = iob_alloc_contig(1400, 64, IOB_CLASS_TX)");
  g_tour.log = get(1400, 64, IOB_CLASS_TX);
  fill(g_tour.log, 500, 'a');
  draw_private("log", g_tour.log);
  done();

  step("The granules behind it go back at once; nothing moves.",
       "iob_shrink(log)");
  expect(iob_shrink(g_tour.log) > 0, "shrunk");
  draw_private("log", g_tour.log);
  done();

  step("It grows in place as long as the granules behind it are free...",
       "iob_grow(log, 300)");
  expect(iob_grow(g_tour.log, 300) == 0, "grown");
  draw_private("log", g_tour.log);
  done();

  step("... and is told when they are not.",
       "next = iob_alloc_contig(600, 0, IOB_CLASS_TX);\n"
       "    iob_grow(log, 3000): -ENOMEM");
  next = get(600, 0, IOB_CLASS_TX);
  expect(iob_grow(g_tour.log, 3000) == -ENOMEM, "it can not grow");
  done();
  iob_free(next);
}

static void tour_write(void)
{
  struct iob_iov_s iov[4];
  const uint8_t *base = g_tour.log->io_data;
  size_t size = size_of(g_tour.log);
  struct iob_s *tap;
  struct iob_s *hdr;
  char old[4];

  step("A packet tap looks at the same message; now nobody may write it.",
       "tap = iob_share(log, 0, 500);  iob_writable(log): false");
  tap = iob_share(g_tour.log, 0, 500);
  expect(!iob_writable(g_tour.log) && !iob_writable(tap), "read only");
  draw_title(size);
  draw_view("log", g_tour.log, base, size);
  draw_view("tap", tap, base, size);
  done();

  step("Writing copies first: the descriptor stays, the tap sees no change.",
       "iob_trycopyin(log, \"new\", 3, 0, false)");
  expect(iob_trycopyin(g_tour.log, (const uint8_t *)"new", 3, 0,
                       false) == 3, "written");
  iob_copyout((uint8_t *)old, tap, 3, 0);
  expect(memcmp(old, "aaa", 3) == 0, "the tap has the old bytes");
  expect(memcmp(IOB_DATA(g_tour.log), "new", 3) == 0, "and log the new");
  draw_private("log", g_tour.log);
  draw_title(size);
  draw_view("tap", tap, base, size);
  done();

  step("New headers in front of shared data, for a scatter-gather device.",
       "hdr = iob_alloc_contig(54, 0, IOB_CLASS_CTRL);\n"
       "    iob_concat(hdr, iob_share(log, 0, 500));  "
       "iob_to_iov(hdr, iov, 4): 2");
  hdr = get(HEADERS, 0, IOB_CLASS_CTRL);
  fill(hdr, HEADERS, 'h');
  iob_concat(hdr, iob_share(g_tour.log, 0, 500));
  expect(iob_to_iov(hdr, iov, 4) == 2, "two pieces");
  expect(iob_check_chain(hdr) == 0, "the lengths add up");
  done();

  step("For any other device the same packet in one piece: a bounce.",
       "hdr = iob_linearize(hdr, 0, IOB_CLASS_TX)");
  hdr = iob_linearize(hdr, 0, IOB_CLASS_TX);
  expect(hdr != NULL && hdr->io_flink == NULL &&
         hdr->io_len == HEADERS + 500, "one piece");
  draw_private("hdr", hdr);
  done();

  iob_free(hdr);
  iob_free(tap);
  iob_free(g_tour.log);
}

/* What another task does while this one waits: it reads a packet */

static int other_task(sem_t *sem, uint32_t ticks)
{
  struct iob_info_s info;

  (void)sem;
  (void)ticks;

  iob_getinfo(&info);
  g_tour.waiting = info.stats.nwait;
  g_tour.unread  = iob_free(g_tour.unread);
  return 1;
}

static void tour_exhaust(void)
{
  struct iob_s *ctrl;
  struct iob_s *tx;
  struct iob_s *min;
  struct iob_s *iob;
  unsigned int n = 0;
  int conn;

  step("A peer floods us, nobody reads: received data takes all it may.",
       "while ((iob = iob_tryalloc_contig(100, 0, IOB_CLASS_RX)) != NULL)");
  g_tour.unread = NULL;
  while ((iob = iob_tryalloc_contig(SHORT, 0, IOB_CLASS_RX)) != NULL)
    {
      fill(iob, SHORT, 'f');
      iob->io_flink = g_tour.unread;
      g_tour.unread = iob;
      n++;
    }

  printf("\n    %u packets\n", n);
  expect(n > 0, "there was memory");
  done();

  step("Control packets and data to be sent have their reserves.",
       "ctrl = iob_tryalloc_contig(64, 0, IOB_CLASS_CTRL);\n"
       "    tx = iob_tryalloc_contig(256, 64, IOB_CLASS_TX)");
  ctrl = iob_tryalloc_contig(64, 0, IOB_CLASS_CTRL);
  tx   = iob_tryalloc_contig(256, 64, IOB_CLASS_TX);
  expect(ctrl != NULL && tx != NULL, "both are there");
  done();

  step("A connection without any memory has a right to a standing extent.",
       "min = iob_alloc_minimum(conn, 256, 64, IOB_CLASS_RX, 0)");
  min = iob_alloc_minimum(&conn, 256, 64, IOB_CLASS_RX, 0);
  expect(min != NULL, "granted");
  expect(iob_alloc_minimum(&conn, 256, 64, IOB_CLASS_RX, 0) == NULL,
         "but only one");
  draw_private("min", min);
  done();

  step("A task waits; whoever frees hands the memory to it.",
       "iob = iob_timedalloc_contig(100, 0, IOB_CLASS_RX, 1000)");
  host_block_hook = other_task;
  iob = iob_timedalloc_contig(SHORT, 0, IOB_CLASS_RX, 1000);
  host_block_hook = NULL;
  expect(iob != NULL && g_tour.waiting == 1, "waited and served");
  done();

  step("Nobody frees: the wait ends in time, and nothing is lost.",
       "iob_timedalloc_contig(100, 0, IOB_CLASS_RX, 1000): NULL");
  expect(iob_timedalloc_contig(SHORT, 0, IOB_CLASS_RX, 1000) == NULL,
         "timed out");
  done();
  expect(g_tour.last.stats.nwait == 0, "nobody is left waiting");

  iob_free(iob);
  iob_free(min);
  iob_free(tx);
  iob_free(ctrl);
  iob_free_chain(g_tour.unread);
}

/* All is given back: the arena must look as it did at the start */

static void tour_end(void)
{
  char *c;

  step("Everything is freed: the arena is as it was.",
       "iob_free(pkt);  iob_check(): 0");
  iob_free(g_tour.pkt);
  done();

  for (c = g_tour.map; *c != '\0'; c++)
    {
      *c = *c == '-' ? '.' : *c;
    }

  expect(strcmp(g_tour.map, g_tour.empty) == 0, "the map is the first one");
  expect(g_tour.last.used == 0 && g_tour.last.views_used == 0,
         "nothing is in use");
}

static void summary(void)
{
  unsigned int i;

  printf("\nBytes held, descriptors included, and payload copied; beside it "
         "a pool of\nfixed buffers of %u bytes, and a copy of the segment "
         "for each transmission:\n\n", g_tour.fixed);
  printf("%-47s %13s %15s\n", "", "held", "copied");
  printf("%-47s %6s %6s %7s %7s\n", "", "here", "fixed", "here", "fixed");

  for (i = 0; i < g_tour.nmoments; i++)
    {
      const struct moment_s *note = &g_tour.moment[i];

      printf("%-47s %6zu %6zu %7zu %7zu\n", note->what, note->held,
             note->fixed, note->copied, note->copied_fixed);
    }

  printf("\n");
  if (g_tour.failed > 0)
    {
      printf("%u checks FAILED\n", g_tour.failed);
    }
  else
    {
      printf("All checks passed.\n");
    }
}

static int wrong(const char *arg)
{
  fprintf(stderr, "iob_tour: unknown argument '%s' (try --help)\n", arg);
  return 2;
}

int main(int argc, char **argv)
{
  const char *no_color = getenv("NO_COLOR");
  const char *term = getenv("TERM");
  bool plain = (no_color != NULL && no_color[0] != '\0') || term == NULL ||
               term[0] == '\0' || strcmp(term, "dumb") == 0;
  int i;

  for (i = 1; i < argc; i++)
    {
      if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
        {
          fputs(g_usage, stdout);
          return 0;
        }

      if (strcmp(argv[i], "--plain") != 0)
        {
          return wrong(argv[i]);
        }

      plain = true;
    }

  g_tour.colour = !plain && isatty(STDOUT_FILENO);
  if (!start())
    {
      fprintf(stderr, "iob_tour: out of memory\n");
      return 1;
    }

  legend();
  tour_allocate();
  tour_send();
  tour_receive();
  tour_resize();
  tour_write();
  tour_exhaust();
  tour_end();
  summary();

  free(g_tour.map);
  free(g_tour.empty);

  if (fflush(stdout) != 0 || ferror(stdout))
    {
      fprintf(stderr, "iob_tour: cannot write the output\n");
      return 1;
    }

  return g_tour.failed > 0 ? 1 : 0;
}
