/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_tour.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* A tour of the shared I/O buffers, for those who see them for the first
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
 * The arena may be that of a system at work.  So nothing waits for memory,
 * what others hold at the start is left out of the counts, and if they come
 * and go meanwhile (seen between two steps) this is said: then a claim such
 * as "the arena is as it was" cannot be checked.  However the tour ends, it
 * frees what it has.
 *
 * The tour adapts to the arena.  From 45 KiB on it shows jumbo frames: a
 * segment of 8960 bytes and a receive ring of 9216.  In less, with the few
 * kilobytes of the default, they are 4480 and 1536.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iobdemo.h"

#ifdef CONFIG_IOB_SHARED

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define TOUR_ROW       64      /* Granules in a line of the map */
#define TOUR_BAR       36      /* Columns of a drawn extent */
#define TOUR_WIDTH     78      /* Columns of a line */
#define TOUR_NMOMENTS  8

#define TOUR_JUMBO     (5 * 9216) /* An arena of that size has room for all */
#define TOUR_MSS       8960    /* A segment of TCP over an MTU of 9000 */
#define TOUR_HEADERS   54      /* Ethernet, IPv4 and TCP */
#define TOUR_HEADROOM  128
#define TOUR_SHORT     100     /* A short packet */
#define TOUR_NSHORT    20      /* ... so many of them in a row */

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* A count of iob_getinfo() */

struct tour_count_s
{
  FAR const char *name;
  size_t at;                   /* Where in struct iob_info_s */
  size_t size;                 /* Its size there */
};

/* What was held at one moment, and what fixed buffers would have held */

struct tour_moment_s
{
  char what[64];
  size_t held;
  size_t fixed;
  size_t copied;               /* Payload copied so far */
  size_t copied_fixed;
};

struct tour_s
{
  struct iob_defer_s defer;    /* First: its callback gets this address */
  FAR const struct iobdemo_stage_s *stage;
  unsigned int number;         /* Of the step */
  unsigned int failed;
  unsigned int foreign;        /* Steps between which others came or went */
  bool over;                   /* A step cannot go on */
  FAR char *map;               /* The arena now, and at the start */
  FAR char *empty;
  size_t granules;
  struct iob_info_s first;     /* The counts at the start */
  struct iob_info_s last;      /* ... and after the step before */

  struct tour_moment_s moment[TOUR_NMOMENTS];
  unsigned int nmoments;
  size_t copied;
  size_t copied_fixed;

  unsigned int mss;
  unsigned int ringsize;
  unsigned int fixed;          /* Buffers of a pool of one size */
  FAR const uint8_t *base;     /* The extent that is drawn, and its size */
  size_t size;
  bool kicked;
  unsigned int waiting;        /* Tasks that wait, seen by another task */

  /* The actors.  NULL: not on the stage. */

  FAR struct iob_s *pkt;       /* A short packet that lies there all along */
  FAR struct iob_s *tcp;       /* A segment in TCP's write queue */
  FAR struct iob_s *drv;       /* The frame in the driver's hands */
  FAR struct iob_s *slot[2];   /* The receive ring */
  FAR struct iob_s *unread;    /* Packets that nobody reads, a chain */
  FAR struct iob_s *log;       /* A message that grows and shrinks */
  FAR struct iob_s *tap;       /* ... and who looks at it */
  FAR struct iob_s *hdr;
  FAR struct iob_s *next;      /* What lies behind it */
  FAR struct iob_s *ctrl;
  FAR struct iob_s *tx;
  FAR struct iob_s *min;
  FAR struct iob_s *served;    /* What a wait brought */

  uint8_t user[TOUR_MSS];      /* A user's data */
};

typedef CODE void (*tour_step_t)(FAR struct tour_s *tour);

/****************************************************************************
 * Private Data
 ****************************************************************************/

#define TOUR_COUNT(name, field) \
  { name, offsetof(struct iob_info_s, field), \
    sizeof(((FAR struct iob_info_s *)0)->field) }

static const struct tour_count_s g_counts[] =
{
  TOUR_COUNT("used", used),
  TOUR_COUNT("cached", cached),
  TOUR_COUNT("largest", largest),
  TOUR_COUNT("views_used", views_used),
  TOUR_COUNT("alloc", nalloc),
  TOUR_COUNT("share", nshare),
  TOUR_COUNT("copy", ncopy),
  TOUR_COUNT("bytes_copied", bytes_copied),
  TOUR_COUNT("bounce", nbounce),
  TOUR_COUNT("copybreak", ncopybreak),
  TOUR_COUNT("ringkeep", nringkeep),
  TOUR_COUNT("ringdrop", nringdrop),
  TOUR_COUNT("defer", ndefer),
  TOUR_COUNT("kick", nkick),
  TOUR_COUNT("minimum", nminimum),
  TOUR_COUNT("wait", nwaits),
  TOUR_COUNT("timeout", ntimeout),
  TOUR_COUNT("pass", npass),
  TOUR_COUNT("saturated", nsaturated),
  TOUR_COUNT("fail_views", fail_views),
  TOUR_COUNT("fail_space", fail_space),
  TOUR_COUNT("fail_frag", fail_frag),
  TOUR_COUNT("fail_class", fail_class),
  TOUR_COUNT("fail_turn", fail_turn),
  TOUR_COUNT("fail_size", fail_size),
  TOUR_COUNT("fault", fault)
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: tour_expect
 *
 * Description:
 *   Something that must be true.
 *
 ****************************************************************************/

static void tour_expect(FAR struct tour_s *tour, bool good,
                        FAR const char *what)
{
  if (!good)
    {
      printf("    FAILED: %s\n", what);
      tour->failed++;
    }
}

/****************************************************************************
 * Name: tour_have
 *
 * Description:
 *   Something that a step cannot do without. False, and said: it is not
 *   there.
 *
 ****************************************************************************/

static bool tour_have(FAR struct tour_s *tour, FAR const struct iob_s *iob)
{
  if (iob == NULL)
    {
      printf("    FAILED: the arena has no room for this\n");
      tour->failed++;
      tour->over = true;
    }

  return iob != NULL;
}

/****************************************************************************
 * Name: tour_get
 *
 * Description:
 *   Allocate something that a step cannot do without, and never wait: who
 *   else would free?
 *
 ****************************************************************************/

static bool tour_get(FAR struct tour_s *tour, FAR struct iob_s **iob,
                     unsigned int size, unsigned int headroom,
                     enum iob_class_e cls)
{
  *iob = iob_tryalloc_contig(size, headroom, cls);
  return tour_have(tour, *iob);
}

/****************************************************************************
 * Name: tour_drop
 *
 * Description:
 *   Free an actor.
 *
 ****************************************************************************/

static void tour_drop(FAR struct iob_s **iob)
{
  if (*iob != NULL)
    {
      iob_free_chain(*iob);
      *iob = NULL;
    }
}

/****************************************************************************
 * Name: tour_say
 *
 * Description:
 *   Begin a step: a sentence, and the call that is made.
 *
 ****************************************************************************/

static void tour_say(FAR struct tour_s *tour, FAR const char *what,
                     FAR const char *call, ...) printf_like(3, 4);

static void tour_say(FAR struct tour_s *tour, FAR const char *what,
                     FAR const char *call, ...)
{
  bool colour = tour->stage->colour;
  va_list ap;

  printf("\n%s%2u  %s%s\n\n    ", colour ? "\033[1m" : "", ++tour->number,
         what, colour ? "\033[0m" : "");
  va_start(ap, call);
  vprintf(call, ap);
  va_end(ap);
  printf("\n");
}

/****************************************************************************
 * Name: tour_column
 *
 * Description:
 *   The column of a byte of the extent that is drawn.
 *
 ****************************************************************************/

static unsigned int tour_column(FAR struct tour_s *tour, size_t at)
{
  return (at * TOUR_BAR + tour->size / 2) / tour->size;
}

/****************************************************************************
 * Name: tour_view
 *
 * Description:
 *   Draw a view as a window on the extent.
 *
 ****************************************************************************/

static void tour_view(FAR struct tour_s *tour, FAR const char *name,
                      FAR const struct iob_s *iob)
{
  size_t start = iob->io_data - tour->base;
  unsigned int tail = IOB_FREESPACE(iob);
  unsigned int edge[4];
  char bar[TOUR_BAR];
  unsigned int i;

  tour_expect(tour, start + IOB_BUFSIZE(iob) <= tour->size,
              "a window leaves its extent");

  edge[0] = tour_column(tour, start);
  edge[1] = tour_column(tour, start + iob->io_offset);
  edge[2] = tour_column(tour, start + iob->io_offset + iob->io_len);
  edge[3] = tour_column(tour, start + IOB_BUFSIZE(iob));

  /* Whatever is there gets a column */

  if (iob->io_offset > 0 && edge[1] == edge[0])
    {
      edge[1]++;
    }

  if (tail > 0 && edge[2] == edge[3] && edge[2] > 0)
    {
      edge[2]--;
    }

  memset(bar, ' ', sizeof(bar));
  for (i = edge[0]; i < edge[3] && i < TOUR_BAR; i++)
    {
      bar[i] = i < edge[1] ? '<' : i < edge[2] ? '#' : '>';
    }

  printf("    %-5s|", name);
  iobdemo_put(tour->stage->colour, bar, TOUR_BAR);
  printf("|%9u %8u %9u\n", iob->io_offset, iob->io_len, tail);
}

/****************************************************************************
 * Name: tour_extent
 *
 * Description:
 *   Take a private extent as the one that is drawn.
 *
 ****************************************************************************/

static void tour_extent(FAR struct tour_s *tour, FAR const struct iob_s *iob)
{
  tour->base = iob->io_data;
  tour->size = (size_t)IOB_BUFSIZE(iob) + iob->io_slack;
}

/****************************************************************************
 * Name: tour_title
 *
 * Description:
 *   The heading above the views of the extent.
 *
 ****************************************************************************/

static void tour_title(FAR struct tour_s *tour)
{
  char text[48];

  snprintf(text, sizeof(text), "an extent of %zu bytes", tour->size);
  printf("\n    %-44s%s\n", text, "head-room     data tail-room");
}

/****************************************************************************
 * Name: tour_private
 *
 * Description:
 *   Draw a private extent, and its only view.
 *
 ****************************************************************************/

static void tour_private(FAR struct tour_s *tour, FAR const char *name,
                         FAR const struct iob_s *iob)
{
  tour_extent(tour, iob);
  tour_title(tour);
  tour_view(tour, name, iob);
}

/****************************************************************************
 * Name: tour_map
 *
 * Description:
 *   Draw the arena. Lines that are all the same are drawn once.
 *
 ****************************************************************************/

static void tour_map(FAR struct tour_s *tour)
{
  FAR char *map = tour->map;
  size_t n = tour->granules;
  unsigned long same = 0;
  size_t len;
  size_t i;

  iob_arena_map(map, n + 1);
  printf("\n");
  for (i = 0; i < n; i += TOUR_ROW)
    {
      len = n - i < TOUR_ROW ? n - i : TOUR_ROW;
      if (i > 0 && len == TOUR_ROW && i + TOUR_ROW < n &&
          memcmp(&map[i], &map[i - TOUR_ROW], TOUR_ROW) == 0)
        {
          same++;
          continue;
        }

      if (same > 0)
        {
          printf("          (%lu more of these)\n", same);
          same = 0;
        }

      printf("   %5zu |", i);
      iobdemo_put(tour->stage->colour, &map[i], len);
      printf("|\n");
    }
}

/****************************************************************************
 * Name: tour_count
 *
 * Description:
 *   The value of a count.
 *
 ****************************************************************************/

static uint64_t tour_count(FAR const struct iob_info_s *info,
                           FAR const struct tour_count_s *count)
{
  FAR const char *at = (FAR const char *)info + count->at;
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

/****************************************************************************
 * Name: tour_counts
 *
 * Description:
 *   Print the counts that are not those of before the step.
 *
 ****************************************************************************/

static void tour_counts(FAR struct tour_s *tour)
{
  struct iob_info_s info;
  uint64_t before;
  uint64_t now;
  char text[64];
  int col = 0;
  int len;
  size_t i;

  iob_getinfo(&info);
  printf("\n");

  for (i = 0; i < sizeof(g_counts) / sizeof(g_counts[0]); i++)
    {
      before = tour_count(&tour->last, &g_counts[i]);
      now = tour_count(&info, &g_counts[i]);
      if (before == now)
        {
          continue;
        }

      len = snprintf(text, sizeof(text), "%s %llu -> %llu",
                     g_counts[i].name, (unsigned long long)before,
                     (unsigned long long)now);

      if (col > 0 && col + 2 + len >= TOUR_WIDTH)
        {
          printf(",\n");
          col = 0;
        }

      col += printf("%s%s", col > 0 ? ", " : "    ", text);
    }

  printf("%s\n", col > 0 ? "" : "    no count changed");
  tour->last = info;
}

/****************************************************************************
 * Name: tour_done
 *
 * Description:
 *   End a step.
 *
 ****************************************************************************/

static void tour_done(FAR struct tour_s *tour)
{
  tour_map(tour);
  tour_counts(tour);
  tour_expect(tour, iob_check() == 0,
              "iob_check() has found a contradiction");
  tour_expect(tour, tour->last.fault == tour->first.fault,
              "the library reported a fault");
}

/****************************************************************************
 * Name: tour_moment
 *
 * Description:
 *   Note what is held now, where a fixed pool would have so many buffers
 *   out. Each of them must hold the largest frame, and has a descriptor.
 *
 ****************************************************************************/

static void tour_moment(FAR struct tour_s *tour, unsigned int nbuffers,
                        FAR const char *what, ...) printf_like(3, 4);

static void tour_moment(FAR struct tour_s *tour, unsigned int nbuffers,
                        FAR const char *what, ...)
{
  FAR struct tour_moment_s *note = &tour->moment[tour->nmoments++];
  struct iob_info_s info;
  va_list ap;

  va_start(ap, what);
  vsnprintf(note->what, sizeof(note->what), what, ap);
  va_end(ap);

  iob_getinfo(&info);
  note->held         = info.used - tour->first.used +
                       (info.views_used - tour->first.views_used) *
                       sizeof(struct iob_s);
  note->fixed        = nbuffers * (tour->fixed + IOBDEMO_DESCRIPTOR);
  note->copied       = tour->copied + (size_t)(info.bytes_copied -
                                               tour->first.bytes_copied);
  note->copied_fixed = tour->copied_fixed;
}

/****************************************************************************
 * Name: tour_fill
 *
 * Description:
 *   Put n bytes of data in an empty buffer, as a device or a task does.
 *
 ****************************************************************************/

static void tour_fill(FAR struct iob_s *iob, unsigned int n, int value)
{
  memset(IOB_DATA(iob), value, n);
  iob->io_len    = n;
  iob->io_pktlen = n;
}

/****************************************************************************
 * Name: tour_legend
 *
 * Description:
 *   What the drawings mean.
 *
 ****************************************************************************/

static void tour_legend(FAR struct tour_s *tour)
{
  static FAR const char *const line[] =
    {
      "R r", "received data", "T t", "data to be sent",
      "C c", "control packets", "G g", "receive ring",
      "S s", "shared", "M m", "standing, for those who have nothing",
      "-", "free, in the front cache", ".", "free"
    };

  bool colour = tour->stage->colour;
  size_t reserve = 0;
  size_t i;

  printf("The arena: %zu bytes in granules of %u, one character each.  A "
         "capital\nbegins an extent.\n\n", tour->first.arena, IOB_GRANULE);

  for (i = 0; i < sizeof(line) / sizeof(line[0]); i += 2)
    {
      printf("    ");
      iobdemo_put(colour, line[i], strlen(line[i]));
      printf("%*s  %s\n", (int)(3 - strlen(line[i])), "", line[i + 1]);
    }

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      reserve += tour->first.class_reserve[i];
    }

  printf("\nThe last %zu bytes that are free here, %zu granules, are the "
         "reserves of the\nclasses: used when the rest has nothing, and no "
         "part of \"largest\".  Small\nextents lie in blocks of up to 24 "
         "granules, which they share; long ones come\nfrom the top.\n",
         reserve, reserve / IOB_GRANULE);
  printf("\nA view is drawn as its window on the extent: ");
  iobdemo_put(colour, "<", 1);
  printf(" head-room, ");
  iobdemo_put(colour, "#", 1);
  printf(" data, ");
  iobdemo_put(colour, ">", 1);
  printf("\ntail-room; then the bytes of each.\n");
  tour_map(tour);
}

/* Sending ******************************************************************/

/****************************************************************************
 * Name: tour_short
 *
 * Description:
 *   A short packet.
 *
 ****************************************************************************/

static void tour_short(FAR struct tour_s *tour)
{
  tour_say(tour, "A packet of 100 bytes takes two granules.",
           "pkt = iob_tryalloc_contig(100, 0, IOB_CLASS_RX)");
  if (tour_get(tour, &tour->pkt, TOUR_SHORT, 0, IOB_CLASS_RX))
    {
      tour_fill(tour->pkt, TOUR_SHORT, 'p');
      tour_private(tour, "pkt", tour->pkt);
      tour_moment(tour, 1, "A packet of 100 bytes");
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_long
 *
 * Description:
 *   A long one.
 *
 ****************************************************************************/

static void tour_long(FAR struct tour_s *tour)
{
  tour_say(tour, "A long segment is one address range of the same arena.",
           "tcp = iob_tryalloc_contig(%u, 128, IOB_CLASS_TX)", tour->mss);
  if (tour_get(tour, &tour->tcp, tour->mss, TOUR_HEADROOM, IOB_CLASS_TX))
    {
      tour_expect(tour, (uintptr_t)tour->tcp->io_data % IOB_GRANULE == 0,
                  "it is aligned");
      tour_private(tour, "tcp", tour->tcp);
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_copyin
 *
 * Description:
 *   The user's data.
 *
 ****************************************************************************/

static void tour_copyin(FAR struct tour_s *tour)
{
  int mss = (int)tour->mss;

  tour_say(tour, "The user's bytes are copied in: the only copy on the way "
           "out.", "iob_trycopyin(tcp, user, %d, 0, false)", mss);
  tour_expect(tour, iob_trycopyin(tour->tcp, tour->user, mss, 0,
                                  false) == mss, "copied in");
  tour->copied       += mss;
  tour->copied_fixed += mss;
  tour_private(tour, "tcp", tour->tcp);
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_transmit
 *
 * Description:
 *   Hand the segment to the driver, with headers in front: a send or a
 *   resend. The extent is drawn.
 *
 ****************************************************************************/

static bool tour_transmit(FAR struct tour_s *tour, unsigned int len)
{
  tour->drv = iob_share(tour->tcp, 0, len);
  if (!tour_have(tour, tour->drv))
    {
      return false;
    }

  if (iob_push(tour->drv, TOUR_HEADERS) < 0)
    {
      tour_expect(tour, false, "pushed");
      tour->over = true;
      return false;
    }

  memset(IOB_DATA(tour->drv), 'h', TOUR_HEADERS);
  tour_expect(tour, tour->drv->io_flink == NULL &&
              IOB_DATA(tour->drv) + TOUR_HEADERS == IOB_DATA(tour->tcp),
              "the frame is one piece, and the payload the same bytes");
  tour_expect(tour, memcmp(IOB_DATA(tour->drv) + TOUR_HEADERS,
                           &tour->user[tour->mss - len], len) == 0,
              "the payload is the user's");

  tour_title(tour);
  tour_view(tour, "tcp", tour->tcp);
  tour_view(tour, "drv", tour->drv);
  return true;
}

/****************************************************************************
 * Name: tour_send
 *
 * Description:
 *   First transmission.
 *
 ****************************************************************************/

static void tour_send(FAR struct tour_s *tour)
{
  tour_say(tour, "The driver gets a view of the same bytes, and the "
           "head-room with it.",
           "drv = iob_share(tcp, 0, %u);  iob_push(drv, 54)", tour->mss);
  tour_extent(tour, tour->tcp);
  if (tour_transmit(tour, tour->mss))
    {
      printf("\n    two more descriptors: the view, and the count of the "
             "views\n");
      tour->copied_fixed += tour->mss;
      tour_moment(tour, 3, "+ a frame of %u, queued and at the driver",
                  tour->mss + TOUR_HEADERS);
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_kick
 *
 * Description:
 *   A view of the extent has gone.
 *
 ****************************************************************************/

static void tour_kick(FAR struct iob_defer_s *defer)
{
  ((FAR struct tour_s *)defer)->kicked = true;
}

/****************************************************************************
 * Name: tour_defer
 *
 * Description:
 *   A resend that comes too early.
 *
 ****************************************************************************/

static void tour_defer(FAR struct tour_s *tour)
{
  tour_say(tour, "A resend while the driver holds the frame has to wait for "
           "a kick.",
           "iob_push(tcp, 54): -ENOSPC;  iob_defer(&defer, tcp): 0");
  tour_expect(tour, iob_push(tour->tcp, TOUR_HEADERS) == -ENOSPC,
              "no head-room");
  tour->defer.df_kick = tour_kick;
  tour_expect(tour, iob_defer(&tour->defer, tour->tcp) == 0, "deferred");
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_kicked
 *
 * Description:
 *   The driver is done.
 *
 ****************************************************************************/

static void tour_kicked(FAR struct tour_s *tour)
{
  tour_say(tour, "The driver is done; whoever drops a view kicks the one who "
           "waits.", "iob_free(drv)");
  tour_drop(&tour->drv);
  tour_expect(tour, tour->kicked, "kicked");
  tour_title(tour);
  tour_view(tour, "tcp", tour->tcp);
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_resend
 *
 * Description:
 *   The same once more.
 *
 ****************************************************************************/

static void tour_resend(FAR struct tour_s *tour)
{
  tour_say(tour, "The resend writes its headers in place; again nothing is "
           "copied.", "drv = iob_share(tcp, 0, %u);  iob_push(drv, 54)",
           tour->mss);
  if (tour_transmit(tour, tour->mss))
    {
      tour->copied_fixed += tour->mss;
      tour_moment(tour, 3, "+ the same, sent again");
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_partial
 *
 * Description:
 *   Half of it once more.
 *
 ****************************************************************************/

static void tour_partial(FAR struct tour_s *tour)
{
  tour_say(tour, "Half is acknowledged: the dead bytes become the next "
           "head-room.", "iob_free(drv);  iob_trimhead(tcp, %u);\n"
           "    drv = iob_share(tcp, 0, %u);  iob_push(drv, 54)",
           tour->mss / 2, tour->mss / 2);
  tour_drop(&tour->drv);
  tour->tcp = iob_trimhead(tour->tcp, tour->mss / 2);
  if (tour_transmit(tour, tour->mss / 2))
    {
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_acked
 *
 * Description:
 *   The queue lets go first.
 *
 ****************************************************************************/

static void tour_acked(FAR struct tour_s *tour)
{
  tour_say(tour, "All is acknowledged while the driver still sends: the view "
           "goes...", "iob_free(tcp)");
  tour_drop(&tour->tcp);
  tour_title(tour);
  tour_view(tour, "drv", tour->drv);
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_sent
 *
 * Description:
 *   The driver follows.
 *
 ****************************************************************************/

static void tour_sent(FAR struct tour_s *tour)
{
  tour_say(tour, "... and the memory returns with the last view.",
           "iob_free(drv)");
  tour_drop(&tour->drv);
  tour_done(tour);
  tour_expect(tour, tour->foreign > 0 ||
              tour->last.bytes_copied == tour->first.bytes_copied,
              "nothing was copied");
}

/* Receiving ****************************************************************/

/****************************************************************************
 * Name: tour_post
 *
 * Description:
 *   A receive ring.
 *
 ****************************************************************************/

static void tour_post(FAR struct tour_s *tour)
{
  tour_say(tour, "A driver posts two buffers of its MTU for reception.",
           "slot[i] = iob_tryalloc_contig(%u, 0, IOB_CLASS_RING)",
           tour->ringsize);
  if (tour_get(tour, &tour->slot[0], tour->ringsize, 0, IOB_CLASS_RING) &&
      tour_get(tour, &tour->slot[1], tour->ringsize, 0, IOB_CLASS_RING))
    {
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_rxlong
 *
 * Description:
 *   A frame that fills its buffer.
 *
 ****************************************************************************/

static void tour_rxlong(FAR struct tour_s *tour)
{
  FAR struct iob_s *was = tour->slot[0];
  unsigned int len = tour->ringsize - 200;

  tour_say(tour, "A long frame is kept where it is; a new buffer takes its "
           "place.", "frame = iob_rxtake(&slot[0], %u)", len);
  tour->unread = iob_rxtake(&tour->slot[0], len);
  if (tour_have(tour, tour->unread))
    {
      tour_expect(tour, tour->unread == was && tour->slot[0] != was,
                  "kept and replaced");
      tour_private(tour, "frame", tour->unread);
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_rxshort
 *
 * Description:
 *   Frames that do not.
 *
 ****************************************************************************/

static void tour_rxshort(FAR struct tour_s *tour)
{
  FAR struct iob_s *was = tour->slot[1];
  FAR struct iob_s *frame;
  unsigned int i;

  tour_say(tour, "Short ones are copied to extents of their size: the ring "
           "stays.", "frame = iob_rxtake(&slot[1], 100)   (%u times)",
           TOUR_NSHORT);
  for (i = 0; i < TOUR_NSHORT; i++)
    {
      frame = iob_rxtake(&tour->slot[1], TOUR_SHORT);
      if (!tour_have(tour, frame))
        {
          return;
        }

      tour_expect(tour, frame != was && tour->slot[1] == was,
                  "copied, and posted again");
      frame->io_flink = tour->unread;
      tour->unread    = frame;
    }

  tour->copied += TOUR_NSHORT * TOUR_SHORT;
  tour_private(tour, "frame", tour->unread);
  tour_moment(tour, 1 + 2 + 1 + TOUR_NSHORT,
              "2 x %u posted, 1 long and %u short unread", tour->ringsize,
              TOUR_NSHORT);
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_rxdone
 *
 * Description:
 *   The ring goes.
 *
 ****************************************************************************/

static void tour_rxdone(FAR struct tour_s *tour)
{
  tour_say(tour, "The packets are read and the interface goes down.",
           "iob_free_chain(unread);  iob_free(slot[0]);  "
           "iob_free(slot[1])");
  tour_drop(&tour->unread);
  tour_drop(&tour->slot[0]);
  tour_drop(&tour->slot[1]);
  tour_done(tour);
}

/* Shrinking, growing, writing **********************************************/

/****************************************************************************
 * Name: tour_log
 *
 * Description:
 *   A buffer that is too large.
 *
 ****************************************************************************/

static void tour_log(FAR struct tour_s *tour)
{
  tour_say(tour, "A message of 500 bytes turns out to be all of a buffer for "
           "1400.", "log = iob_tryalloc_contig(1400, 64, IOB_CLASS_TX)");
  if (tour_get(tour, &tour->log, 1400, 64, IOB_CLASS_TX))
    {
      tour_fill(tour->log, 500, 'a');
      tour_private(tour, "log", tour->log);
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_shrink
 *
 * Description:
 *   Give back the rest.
 *
 ****************************************************************************/

static void tour_shrink(FAR struct tour_s *tour)
{
  tour_say(tour, "The granules behind it go back at once; nothing moves.",
           "iob_shrink(log)");
  tour_expect(tour, iob_shrink(tour->log) > 0, "shrunk");
  tour_private(tour, "log", tour->log);
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_grow
 *
 * Description:
 *   Take some of it again.
 *
 ****************************************************************************/

static void tour_grow(FAR struct tour_s *tour)
{
  tour_say(tour, "It grows in place as long as the granules behind it are "
           "free...", "iob_grow(log, 300)");
  tour_expect(tour, iob_grow(tour->log, 300) == 0, "grown");
  tour_private(tour, "log", tour->log);
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_nogrow
 *
 * Description:
 *   Something is in the way.
 *
 ****************************************************************************/

static void tour_nogrow(FAR struct tour_s *tour)
{
  tour_say(tour, "... and is told when they are not.",
           "next = iob_tryalloc_contig(600, 0, IOB_CLASS_TX);\n"
           "    iob_grow(log, 3000): -ENOMEM");
  if (tour_get(tour, &tour->next, 600, 0, IOB_CLASS_TX))
    {
      tour_expect(tour, iob_grow(tour->log, 3000) == -ENOMEM,
                  "it can not grow");
      tour_done(tour);
    }

  tour_drop(&tour->next);
  iob_getinfo(&tour->last);
}

/****************************************************************************
 * Name: tour_tap
 *
 * Description:
 *   A second reader.
 *
 ****************************************************************************/

static void tour_tap(FAR struct tour_s *tour)
{
  tour_say(tour, "A packet tap looks at the same message; now nobody may "
           "write it.",
           "tap = iob_share(log, 0, 500);  iob_writable(log): false");
  tour_extent(tour, tour->log);
  tour->tap = iob_share(tour->log, 0, 500);
  if (tour_have(tour, tour->tap))
    {
      tour_expect(tour, !iob_writable(tour->log) &&
                  !iob_writable(tour->tap), "read only");
      tour_title(tour);
      tour_view(tour, "log", tour->log);
      tour_view(tour, "tap", tour->tap);
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_write
 *
 * Description:
 *   Copy on write.
 *
 ****************************************************************************/

static void tour_write(FAR struct tour_s *tour)
{
  FAR const uint8_t *base = tour->base;
  size_t size = tour->size;
  uint8_t old[3];

  tour_say(tour, "Writing copies first: the descriptor stays, the tap sees "
           "no change.", "iob_trycopyin(log, \"new\", 3, 0, false)");
  tour_expect(tour, iob_trycopyin(tour->log, (FAR const uint8_t *)"new", 3,
                                  0, false) == 3, "written");
  iob_copyout(old, tour->tap, 3, 0);
  tour_expect(tour, memcmp(old, "aaa", 3) == 0, "the tap has the old bytes");
  tour_expect(tour, memcmp(IOB_DATA(tour->log), "new", 3) == 0,
              "and log the new");
  tour_private(tour, "log", tour->log);
  tour->base = base;
  tour->size = size;
  tour_title(tour);
  tour_view(tour, "tap", tour->tap);
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_gather
 *
 * Description:
 *   Headers that do not fit in front.
 *
 ****************************************************************************/

static void tour_gather(FAR struct tour_s *tour)
{
  FAR struct iob_s *payload;
  struct iob_iov_s iov[4];

  tour_say(tour, "New headers in front of shared data, for a scatter-gather "
           "device.", "hdr = iob_tryalloc_contig(54, 0, IOB_CLASS_CTRL);\n"
           "    iob_concat(hdr, iob_share(log, 0, 500));  "
           "iob_to_iov(hdr, iov, 4): 2");
  if (!tour_get(tour, &tour->hdr, TOUR_HEADERS, 0, IOB_CLASS_CTRL))
    {
      return;
    }

  tour_fill(tour->hdr, TOUR_HEADERS, 'h');
  payload = iob_share(tour->log, 0, 500);
  if (tour_have(tour, payload))
    {
      iob_concat(tour->hdr, payload);
      tour_expect(tour, iob_to_iov(tour->hdr, iov, 4) == 2, "two pieces");
      tour_expect(tour, iob_check_chain(tour->hdr) == 0,
                  "the lengths add up");
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_bounce
 *
 * Description:
 *   A device without scatter-gather.
 *
 ****************************************************************************/

static void tour_bounce(FAR struct tour_s *tour)
{
  FAR struct iob_s *whole;

  tour_say(tour, "For any other device the same packet in one piece: a "
           "bounce.", "hdr = iob_linearize(hdr, 0, IOB_CLASS_TX)");
  whole = iob_linearize(tour->hdr, 0, IOB_CLASS_TX);
  if (tour_have(tour, whole))
    {
      tour->hdr = whole;
      tour_expect(tour, whole->io_flink == NULL &&
                  whole->io_len == TOUR_HEADERS + 500, "one piece");
      tour_private(tour, "hdr", whole);
      tour_done(tour);
    }

  tour_drop(&tour->hdr);
  tour_drop(&tour->tap);
  tour_drop(&tour->log);
  iob_getinfo(&tour->last);
}

/* Running out **************************************************************/

/****************************************************************************
 * Name: tour_flood
 *
 * Description:
 *   Received data that nobody reads.
 *
 ****************************************************************************/

static void tour_flood(FAR struct tour_s *tour)
{
  FAR struct iob_s *iob;
  unsigned int n = 0;

  tour_say(tour, "A peer floods us, nobody reads: received data takes all it "
           "may.",
           "while ((iob = iob_tryalloc_contig(100, 0, IOB_CLASS_RX)) != "
           "NULL)");
  while ((iob = iob_tryalloc_contig(TOUR_SHORT, 0, IOB_CLASS_RX)) != NULL)
    {
      tour_fill(iob, TOUR_SHORT, 'f');
      iob->io_flink = tour->unread;
      tour->unread  = iob;
      n++;
    }

  printf("\n    %u packets\n", n);
  if (tour_have(tour, tour->unread))
    {
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_reserve
 *
 * Description:
 *   The others are not starved.
 *
 ****************************************************************************/

static void tour_reserve(FAR struct tour_s *tour)
{
  tour_say(tour, "Control packets and data to be sent have their reserves.",
           "ctrl = iob_tryalloc_contig(64, 0, IOB_CLASS_CTRL);\n"
           "    tx = iob_tryalloc_contig(256, 64, IOB_CLASS_TX)");
  tour->ctrl = iob_tryalloc_contig(64, 0, IOB_CLASS_CTRL);
  tour->tx   = iob_tryalloc_contig(256, 64, IOB_CLASS_TX);
  tour_expect(tour, tour->ctrl != NULL && tour->tx != NULL,
              "both are there");
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_minimum
 *
 * Description:
 *   Nobody is left without memory.
 *
 ****************************************************************************/

static void tour_minimum(FAR struct tour_s *tour)
{
  tour_say(tour, "A connection without any memory has a right to a standing "
           "extent.",
           "min = iob_alloc_minimum(conn, 256, 64, IOB_CLASS_RX, 0)");
  tour->min = iob_alloc_minimum(tour, 256, 64, IOB_CLASS_RX, 0);
  if (tour_have(tour, tour->min))
    {
      tour_expect(tour, iob_alloc_minimum(tour, 256, 64, IOB_CLASS_RX,
                                          0) == NULL, "but only one");
      tour_private(tour, "min", tour->min);
      tour_done(tour);
    }
}

/****************************************************************************
 * Name: tour_release
 *
 * Description:
 *   What another task does while the tour waits: it reads a packet.
 *
 ****************************************************************************/

static void tour_release(FAR void *arg)
{
  FAR struct tour_s *tour = arg;
  struct iob_info_s info;

  iob_getinfo(&info);
  tour->waiting = info.stats.nwait - tour->first.stats.nwait;
  tour->unread  = iob_free(tour->unread);
}

/****************************************************************************
 * Name: tour_wait
 *
 * Description:
 *   Waiting, with success.
 *
 ****************************************************************************/

static void tour_wait(FAR struct tour_s *tour)
{
  tour_say(tour, "A task waits; whoever frees hands the memory to it.",
           "iob = iob_timedalloc_contig(100, 0, IOB_CLASS_RX, %u)",
           IOBDEMO_WAIT);
  tour->served = tour->stage->wait(TOUR_SHORT, tour_release, tour);
  tour_expect(tour, tour->served != NULL && tour->waiting > 0,
              "waited and served");
  tour_done(tour);
}

/****************************************************************************
 * Name: tour_timeout
 *
 * Description:
 *   Waiting, without.
 *
 ****************************************************************************/

static void tour_timeout(FAR struct tour_s *tour)
{
  FAR struct iob_s *iob;

  tour_say(tour, "Nobody frees: the wait ends in time, and nothing is lost.",
           "iob_timedalloc_contig(100, 0, IOB_CLASS_RX, %u): NULL",
           IOBDEMO_WAIT);
  iob = iob_timedalloc_contig(TOUR_SHORT, 0, IOB_CLASS_RX, IOBDEMO_WAIT);
  tour_expect(tour, iob == NULL, "timed out");
  tour_drop(&iob);
  tour_done(tour);
  tour_expect(tour, tour->last.stats.nwait <= tour->first.stats.nwait,
              "nobody is left waiting");
}

/****************************************************************************
 * Name: tour_cleanup
 *
 * Description:
 *   Free all actors but one, in an order in which a deferred kick still
 *   has its memory.
 *
 ****************************************************************************/

static void tour_cleanup(FAR struct tour_s *tour)
{
  tour_drop(&tour->served);
  tour_drop(&tour->min);
  tour_drop(&tour->tx);
  tour_drop(&tour->ctrl);
  tour_drop(&tour->next);
  tour_drop(&tour->hdr);
  tour_drop(&tour->tap);
  tour_drop(&tour->log);
  tour_drop(&tour->unread);
  tour_drop(&tour->slot[0]);
  tour_drop(&tour->slot[1]);
  tour_drop(&tour->drv);
  tour_drop(&tour->tcp);
  iob_undefer(&tour->defer);
}

/****************************************************************************
 * Name: tour_end
 *
 * Description:
 *   All is given back: the arena must look as it did at the start.
 *
 ****************************************************************************/

static void tour_end(FAR struct tour_s *tour)
{
  FAR char *c;

  tour_cleanup(tour);
  iob_getinfo(&tour->last);
  tour_say(tour, "Everything is freed: the arena is as it was.",
           "iob_free(pkt);  iob_check(): 0");
  tour_drop(&tour->pkt);
  tour_done(tour);

  if (tour->foreign > 0)
    {
      printf("\n    Not compared with the start: others have used the "
             "buffers, too.\n");
      return;
    }

  for (c = tour->map; *c != '\0'; c++)
    {
      *c = *c == '-' ? '.' : *c;
    }

  tour_expect(tour, strcmp(tour->map, tour->empty) == 0,
              "the map is the first one");
  tour_expect(tour, tour->last.used == tour->first.used &&
              tour->last.views_used == tour->first.views_used,
              "nothing is in use");
}

/****************************************************************************
 * Name: tour_summary
 *
 * Description:
 *   What was held and copied, beside a fixed pool.
 *
 ****************************************************************************/

static void tour_summary(FAR struct tour_s *tour)
{
  FAR const struct tour_moment_s *note;
  unsigned int i;

  printf("\nBytes held, descriptors included, and payload copied; beside it "
         "a pool of\nfixed buffers of %u bytes, and a copy of the segment "
         "for each transmission:\n\n", tour->fixed);
  printf("%-47s %13s %15s\n", "", "held", "copied");
  printf("%-47s %6s %6s %7s %7s\n", "", "here", "fixed", "here", "fixed");

  for (i = 0; i < tour->nmoments; i++)
    {
      note = &tour->moment[i];
      printf("%-47s %6zu %6zu %7zu %7zu\n", note->what, note->held,
             note->fixed, note->copied, note->copied_fixed);
    }
}

/****************************************************************************
 * Name: tour_start
 *
 * Description:
 *   Look at the arena as it is. Drawn later, what is cached counts as
 *   free.
 *
 ****************************************************************************/

static bool tour_start(FAR struct tour_s *tour)
{
  FAR char *c;
  bool jumbo;
  size_t i;

  iob_getinfo(&tour->first);
  tour->last     = tour->first;
  tour->granules = tour->first.arena / IOB_GRANULE;
  tour->map      = malloc(tour->granules + 1);
  tour->empty    = malloc(tour->granules + 1);
  if (tour->map == NULL || tour->empty == NULL)
    {
      return false;
    }

  iob_arena_map(tour->empty, tour->granules + 1);
  for (c = tour->empty; *c != '\0'; c++)
    {
      *c = *c == '-' ? '.' : *c;
    }

  jumbo          = tour->first.arena >= TOUR_JUMBO;
  tour->mss      = jumbo ? TOUR_MSS : TOUR_MSS / 2;
  tour->ringsize = jumbo ? 9216 : 1536;
  tour->fixed    = jumbo ? 9216 : 4608;

  for (i = 0; i < sizeof(tour->user); i++)
    {
      tour->user[i] = (uint8_t)(i * 7 + 1);
    }

  return true;
}

/****************************************************************************
 * Name: tour_between
 *
 * Description:
 *   Between two steps. Nothing is done here, so what changed is of others.
 *   False: the user has seen enough, or a step could not go on.
 *
 ****************************************************************************/

static bool tour_between(FAR struct tour_s *tour)
{
  FAR const struct iobdemo_stage_s *stage = tour->stage;
  struct iob_info_s now;

  if (tour->over || (stage->proceed != NULL && !stage->proceed(stage->arg)))
    {
      return false;
    }

  iob_getinfo(&now);
  if (now.nalloc != tour->last.nalloc || now.nshare != tour->last.nshare ||
      now.used != tour->last.used ||
      now.views_used != tour->last.views_used)
    {
      tour->foreign++;
    }

  tour->last = now;
  return true;
}

/****************************************************************************
 * Name: tour_verdict
 *
 * Description:
 *   The last lines.
 *
 ****************************************************************************/

static int tour_verdict(FAR struct tour_s *tour, bool whole)
{
  if (tour->failed > 0)
    {
      printf("\n%u checks FAILED\n", tour->failed);
      if (tour->foreign > 0)
        {
          printf("Others have used the buffers meanwhile, which may be why: "
                 "try again when\nthe network is down.\n");
        }

      return EXIT_FAILURE;
    }

  printf("\n%s\n", whole ? "All checks passed." :
         "Ended early; everything is freed.");
  return EXIT_SUCCESS;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_tour
 *
 * Description:
 *   The tour. 0: all that it claims is so; 1: it is not. It may be ended
 *   between two steps.
 *
 ****************************************************************************/

int iobdemo_tour(FAR const struct iobdemo_stage_s *stage)
{
  static const tour_step_t steps[] =
    {
      tour_short, tour_long, tour_copyin, tour_send, tour_defer,
      tour_kicked, tour_resend, tour_partial, tour_acked, tour_sent,
      tour_post, tour_rxlong, tour_rxshort, tour_rxdone,
      tour_log, tour_shrink, tour_grow, tour_nogrow, tour_tap,
      tour_write, tour_gather, tour_bounce,
      tour_flood, tour_reserve, tour_minimum, tour_wait, tour_timeout,
      tour_end
    };

  size_t nsteps = sizeof(steps) / sizeof(steps[0]);
  FAR struct tour_s *tour;
  int status = EXIT_FAILURE;
  size_t i;

  tour = calloc(1, sizeof(*tour));
  if (tour == NULL)
    {
      fprintf(stderr, "iobdemo: tour: %s\n", strerror(ENOMEM));
      return EXIT_FAILURE;
    }

  tour->stage = stage;
  if (!tour_start(tour))
    {
      fprintf(stderr, "iobdemo: tour: %s\n", strerror(ENOMEM));
    }
  else
    {
      tour_legend(tour);
      for (i = 0; i < nsteps && tour_between(tour); i++)
        {
          steps[i](tour);
        }

      tour_cleanup(tour);
      tour_drop(&tour->pkt);
      if (i == nsteps)
        {
          tour_summary(tour);
        }

      status = tour_verdict(tour, i == nsteps);
    }

  free(tour->map);
  free(tour->empty);
  free(tour);
  return status;
}
#endif /* CONFIG_IOB_SHARED */
