/* tests/host/wirecheck/wc_read.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Where the frames come from: libpcap.  What it does not tell is how many
 * frames were dropped while a pcapng file was written; the blocks that say so
 * are read here (draft-ietf-opsawg-pcapng, 4.3 and 4.6).
 *
 * An interface is read until the number of frames or the time of the options
 * is reached, or a signal comes.  Frames that were captured by then, and are
 * still in the host's buffer, are read as well.
 */

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "wirecheck.h"

#define SNAPLEN      262144
#define BUFFER       (64 << 20)
#define TIMEOUT_MS   100
#define REFUSED      (-1000)         /* None of PCAP_ERROR_... */
#define BLOCK_STATS  5
#define BLOCK_PACKET 6
#define BLOCK_SECTION 0x0a0d0d0a
#define MAGIC        0x1a2b3c4d
#define DAY          (86400 * WC_SEC)
#define YEAR         (366 * DAY)
#define LATEST       9000000000ll    /* Seconds that fit as nanoseconds */
#define OPT_DROPCOUNT 4
#define OPT_IFDROP   5
#define OPT_OSDROP   7

struct source_s
{
  pcap_t *pcap;
  struct wc_capture_s *capture;
  const struct wc_memory_s *memory;  /* NULL: a file */
  struct wc_frame_s frame;
  int64_t t;                         /* Of the frame before */
  bool has;
  bool nano;
};

static pcap_t *g_live;
static volatile sig_atomic_t g_stopped;

/* One line that says what is wrong with a source */

static void complain(const struct source_s *s, const char *fmt, ...)
  __attribute__((format(printf, 2, 3)));

static void complain(const struct source_s *s, const char *fmt, ...)
{
  va_list ap;

  if (s->memory == NULL)
    {
      va_start(ap, fmt);
      fprintf(stderr, "wirecheck: %s: ", s->capture->file);
      vfprintf(stderr, fmt, ap);
      fputc('\n', stderr);
      va_end(ap);
    }
}

/* Drops in a pcapng file ***************************************************/

static uint32_t word(const uint8_t *p, bool swap)
{
  uint32_t v;

  memcpy(&v, p, 4);
  return swap ? __builtin_bswap32(v) : v;
}

static uint16_t half(const uint8_t *p, bool swap)
{
  uint16_t v;

  memcpy(&v, p, 2);
  return swap ? (uint16_t)(v << 8 | v >> 8) : v;
}

static uint64_t drops_in(const uint8_t *opt, size_t len, uint32_t type,
                         bool swap)
{
  uint64_t drops = 0;
  size_t i = 0;

  while (i + 4 <= len)
    {
      uint16_t code = half(opt + i, swap);
      size_t n = half(opt + i + 2, swap);
      bool counts = type == BLOCK_STATS ?
                    code == OPT_IFDROP || code == OPT_OSDROP :
                    code == OPT_DROPCOUNT;

      if (code == 0 || n > len - i - 4)
        {
          break;
        }

      if (counts && n == 8)
        {
          drops += swap ? (uint64_t)word(opt + i + 4, swap) << 32 |
                          word(opt + i + 8, swap) :
                          (uint64_t)word(opt + i + 8, swap) << 32 |
                          word(opt + i + 4, swap);
        }

      i += 4 + ((n + 3) & ~(size_t)3);
    }

  return drops;
}

/* The options of a block are behind what it always has, and its data */

static uint64_t drops_of(const uint8_t *body, size_t len, uint32_t type,
                         bool swap)
{
  size_t at = 12;

  if (type == BLOCK_PACKET && len >= 20)
    {
      at = 20 + ((word(body + 12, swap) + 3) & ~(size_t)3);
    }

  return at < len ? drops_in(body + at, len - at, type, swap) : 0;
}

static uint64_t count_drops(FILE *f)
{
  uint64_t drops = 0;
  uint8_t head[12];
  uint8_t *body = NULL;
  bool swap = false;

  while (fread(head, 1, 8, f) == 8)
    {
      uint32_t type = word(head, swap);
      uint32_t len;

      if (word(head, false) == BLOCK_SECTION)
        {
          if (fread(head + 8, 1, 4, f) != 4)
            {
              break;
            }

          swap = word(head + 8, false) != MAGIC;
          fseek(f, -4, SEEK_CUR);
        }

      len = word(head + 4, swap);
      if (len < 12 || len > 16 << 20)
        {
          break;
        }

      if (type == BLOCK_STATS || type == BLOCK_PACKET)
        {
          body = wc_alloc(body, len);
          if (fread(body, 1, len - 8, f) != len - 8)
            {
              break;
            }

          drops += drops_of(body, len - 12, type, swap);
        }
      else if (fseek(f, (long)len - 8, SEEK_CUR) != 0)
        {
          break;
        }
    }

  free(body);
  return drops;
}

static FILE *open_stream(const struct source_s *s)
{
  return s->memory != NULL ?
         fmemopen((void *)(uintptr_t)s->memory->data, s->memory->size,
                  "rb") : fopen(s->capture->file, "rb");
}

static uint64_t drops_in_all(const struct source_s *s)
{
  FILE *f = open_stream(s);
  uint64_t drops = 0;
  uint8_t magic[4];

  if (f != NULL)
    {
      if (fread(magic, 1, 4, f) == 4 && word(magic, false) == BLOCK_SECTION)
        {
          rewind(f);
          drops = count_drops(f);
        }

      fclose(f);
    }

  return drops;
}

/* Frames of a file *********************************************************/

static bool link_known(int link)
{
  return link == DLT_EN10MB || link == DLT_RAW || link == DLT_NULL ||
         link == DLT_LINUX_SLL;
}

static int check_link(const struct source_s *s)
{
  int link = pcap_datalink(s->pcap);
  const char *text = pcap_datalink_val_to_name(link);

  if (link_known(link))
    {
      return 0;
    }

  complain(s, "frames of link type %s can not be read; capture on an "
           "Ethernet interface", text != NULL ? text : "(unknown)");
  return WC_WRONG;
}

static int open_file(struct source_s *s)
{
  char error[PCAP_ERRBUF_SIZE];
  FILE *f = open_stream(s);

  if (f == NULL)
    {
      complain(s, "%s", strerror(errno));
      return WC_WRONG;
    }

  s->nano = true;
  s->pcap = pcap_fopen_offline_with_tstamp_precision(
    f, PCAP_TSTAMP_PRECISION_NANO, error);
  if (s->pcap == NULL)
    {
      fclose(f);
      complain(s, "not a capture that can be read (%s)", error);
      return WC_WRONG;
    }

  return check_link(s);
}

static void fill(struct source_s *s, const struct pcap_pkthdr *h,
                 const uint8_t *data)
{
  struct wc_frame_s *f = &s->frame;
  int64_t sec = h->ts.tv_sec;

  sec = sec >= 0 && sec < LATEST ? sec : LATEST;
  f->number++;
  f->t      = sec * WC_SEC + (int64_t)h->ts.tv_usec * (s->nano ? 1 : 1000);
  f->data   = data;
  f->caplen = h->caplen < h->len ? h->caplen : h->len;
  f->len    = h->len;
  f->link   = pcap_datalink(s->pcap);
}

/* The next frame, if there is one; 0, or WC_WRONG */

static int next(struct source_s *s)
{
  struct pcap_pkthdr *h;
  const uint8_t *data;
  int ret = pcap_next_ex(s->pcap, &h, &data);

  s->has = ret == 1;
  if (ret == PCAP_ERROR)
    {
      complain(s, "the capture is damaged or its end is missing behind "
               "frame %" PRIu64 " (%s)", s->frame.number,
               pcap_geterr(s->pcap));
      return WC_WRONG;
    }

  if (s->has)
    {
      fill(s, h, data);
    }

  return 0;
}

/* 0, or WC_WRONG: no capture lasts for years */

static int take(struct wc_s *w, struct source_s *s)
{
  const struct wc_frame_s *f = &s->frame;

  if (w->started && llabs(f->t - w->t_first) > YEAR)
    {
      complain(s, "the time of frame %" PRIu64 " is %lld days off that of "
               "the first: the capture is damaged", f->number,
               llabs(f->t - w->t_first) / DAY);
      return WC_WRONG;
    }

  s->capture->frames++;
  s->capture->bytes += f->len;
  s->capture->cut   += f->caplen < f->len;
  if (!w->started || f->t < w->t_first)
    {
      w->t_first = f->t;
      w->started = true;
    }

  if (f->number > 1 && f->t < s->t - WC_MSEC)
    {
      wc_reason(w, "%s: the times of the frames go back", s->capture->file);
    }

  s->t      = f->t;
  w->t_last = f->t > w->t_last ? f->t : w->t_last;
  wc_frame(w, f);
  return 0;
}

static void close_source(struct source_s *s)
{
  if (s->pcap != NULL)
    {
      pcap_close(s->pcap);
      s->pcap = NULL;
    }
}

static int note_all(struct wc_s *w, struct source_s *s)
{
  int ret = next(s);

  while (ret == 0 && s->has)
    {
      wc_between_note(w, &s->frame);
      ret = next(s);
    }

  return ret;
}

/* Which of two sources has the frame that came first? */

static unsigned int first(struct wc_s *w, const struct source_s *s)
{
  if (!s[0].has || !s[1].has)
    {
      return s[0].has ? 0 : 1;
    }

  if (s[0].frame.t != s[1].frame.t)
    {
      return s[0].frame.t < s[1].frame.t ? 0 : 1;
    }

  return wc_between_sender(w, &s[0].frame) ? 0 :
         wc_between_sender(w, &s[1].frame) ? 1 : 0;
}

static int read_two(struct wc_s *w, struct source_s *s)
{
  unsigned int i;
  int ret = 0;

  for (i = 0; i < 2 && ret == 0; i++)
    {
      ret = note_all(w, &s[i]);
      close_source(&s[i]);
    }

  wc_between_decide(w);
  for (i = 0; i < 2 && ret == 0; i++)
    {
      s[i].frame.number = 0;
      ret = open_file(&s[i]);
      ret = ret == 0 ? next(&s[i]) : ret;
    }

  while (ret == 0 && (s[0].has || s[1].has))
    {
      i = first(w, s);
      ret = take(w, &s[i]);
      ret = ret == 0 ? next(&s[i]) : ret;
    }

  return ret;
}

static int read_one(struct wc_s *w, struct source_s *s)
{
  int ret = next(s);

  while (ret == 0 && s->has)
    {
      ret = take(w, s);
      ret = ret == 0 ? next(s) : ret;
    }

  return ret;
}

/* An interface *************************************************************/

static void stop(int signo)
{
  (void)signo;
  g_stopped = 1;
  if (g_live != NULL)
    {
      pcap_breakloop(g_live);
    }
}

static void catch_signals(void)
{
  struct sigaction sa;

  memset(&sa, 0, sizeof(sa));
  sa.sa_handler = stop;
  sa.sa_flags   = SA_RESTART;          /* No output is cut; poll() ends */
  sigaction(SIGINT, &sa, NULL);
  sigaction(SIGTERM, &sa, NULL);
  sigaction(SIGALRM, &sa, NULL);
}

/* In one line what libpcap says, and what to do */

static int live_error(const char *name, pcap_t *pcap, int ret)
{
  const char *why = ret == PCAP_ERROR ? pcap_geterr(pcap) :
                    pcap_statustostr(ret);

  if (ret == PCAP_ERROR_NO_SUCH_DEVICE)
    {
      fprintf(stderr, "wirecheck: %s: no such interface; \"ip link\" lists "
              "them\n", name);
    }
  else if (ret == PCAP_ERROR_PERM_DENIED ||
           ret == PCAP_ERROR_PROMISC_PERM_DENIED)
    {
      fprintf(stderr, "wirecheck: %s: no right to capture; be root or have "
              "CAP_NET_RAW\n", name);
    }
  else if (ret == PCAP_ERROR_IFACE_NOT_UP)
    {
      fprintf(stderr, "wirecheck: %s: the interface is down; \"ip link set "
              "%s up\"\n", name, name);
    }
  else
    {
      fprintf(stderr, "wirecheck: %s: can not capture: %s\n", name, why);
    }

  return WC_WRONG;
}

static unsigned int mtu_of(const char *name)
{
  struct ifreq ifr;
  unsigned int mtu = 0;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  memset(&ifr, 0, sizeof(ifr));
  memcpy(ifr.ifr_name, name, strnlen(name, sizeof(ifr.ifr_name) - 1));
  if (fd >= 0 && ioctl(fd, SIOCGIFMTU, &ifr) == 0)
    {
      mtu = (unsigned int)ifr.ifr_mtu;
    }

  if (fd >= 0)
    {
      close(fd);
    }

  return mtu;
}

static int open_live(struct wc_s *w, struct source_s *s)
{
  const char *name = w->opt.interface;
  char error[PCAP_ERRBUF_SIZE];
  int ret;

  s->pcap = pcap_create(name, error);
  if (s->pcap == NULL)
    {
      fprintf(stderr, "wirecheck: %s: %s\n", name, error);
      return WC_WRONG;
    }

  pcap_set_snaplen(s->pcap, SNAPLEN);
  pcap_set_timeout(s->pcap, TIMEOUT_MS);
  pcap_set_buffer_size(s->pcap, BUFFER);
  s->nano = pcap_set_tstamp_precision(s->pcap,
                                      PCAP_TSTAMP_PRECISION_NANO) == 0;
  ret = pcap_activate(s->pcap);
  if (ret < 0)
    {
      return live_error(name, s->pcap, ret);
    }

  if (w->opt.mtu == 0)
    {
      w->opt.mtu = mtu_of(name);
    }

  return check_link(s);
}

static int64_t clock_now(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_REALTIME, &ts);
  return (int64_t)ts.tv_sec * WC_SEC + ts.tv_nsec;
}

/* One frame; 0 if it does not wait and there is none */

static int live_frame(struct wc_s *w, struct source_s *s)
{
  struct pcap_pkthdr *h;
  const uint8_t *data;
  int ret = pcap_next_ex(s->pcap, &h, &data);

  if (ret == 1)
    {
      fill(s, h, data);
      ret = take(w, s) == 0 ? ret : REFUSED;
    }

  return ret;
}

static bool enough(const struct wc_s *w, const struct source_s *s)
{
  return w->opt.count > 0 && s->frame.number >= w->opt.count;
}

/* A signal came.  Frames are handed over in blocks, the last of which is
 * filled for as long as the timeout; so this waits for them twice as long.
 * A signal that came while a frame was looked at makes libpcap say "broken
 * off" once more, here.
 */

static int live_rest(struct wc_s *w, struct source_s *s)
{
  char error[PCAP_ERRBUF_SIZE];
  int64_t end = clock_now();
  struct pollfd p;
  int ret;

  p.fd     = pcap_get_selectable_fd(s->pcap);
  p.events = POLLIN;
  ret      = pcap_setnonblock(s->pcap, 1, error);
  while (ret >= 0 && s->frame.t <= end && !enough(w, s))
    {
      ret = live_frame(w, s);
      if (ret == PCAP_ERROR_BREAK)
        {
          ret = 1;
        }
      else if (ret == 0 && poll(&p, 1, 2 * TIMEOUT_MS) == 0)
        {
          break;
        }
    }

  return ret;
}

static int live_frames(struct wc_s *w, struct source_s *s)
{
  int ret = 1;

  while (ret >= 0 && !g_stopped && !enough(w, s))
    {
      ret = live_frame(w, s);
    }

  return g_stopped && ret != PCAP_ERROR && ret != REFUSED ?
         live_rest(w, s) : ret;
}

static int read_live(struct wc_s *w, struct source_s *s)
{
  struct pcap_stat stat;
  int ret;

  g_live = s->pcap;
  catch_signals();
  alarm(w->opt.seconds);
  fprintf(stderr, "wirecheck: listening on %s\n", w->opt.interface);
  ret = live_frames(w, s);
  alarm(0);
  g_live = NULL;
  if (ret == REFUSED)
    {
      return WC_WRONG;
    }

  if (ret == PCAP_ERROR)
    {
      complain(s, "%s", pcap_geterr(s->pcap));
      return WC_WRONG;
    }

  if (pcap_stats(s->pcap, &stat) == 0)
    {
      s->capture->dropped = (uint64_t)stat.ps_drop + stat.ps_ifdrop;
    }

  return 0;
}

/* All of it ****************************************************************/

static void end(struct wc_s *w)
{
  wc_flow_end(w);
  wc_between_end(w);
}

int wc_read(struct wc_s *w)
{
  struct source_s s[WC_MAXFILES];
  unsigned int i;
  int ret = 0;

  memset(s, 0, sizeof(s));
  w->ncaptures = w->opt.nfiles > 0 ? w->opt.nfiles : 1;
  for (i = 0; i < w->ncaptures && ret == 0; i++)
    {
      s[i].capture       = &w->capture[i];
      s[i].frame.file    = i;
      s[i].capture->file = w->opt.nfiles > 0 ? w->opt.file[i] :
                           w->opt.interface;
      if (w->opt.nfiles > 0)
        {
          s[i].memory = w->opt.memory != NULL ? &w->opt.memory[i] : NULL;
          ret = open_file(&s[i]);
          s[i].capture->dropped = drops_in_all(&s[i]);
        }
      else
        {
          ret = open_live(w, &s[i]);
        }
    }

  if (ret == 0)
    {
      ret = w->opt.nfiles == 0 ? read_live(w, s) :
            w->ncaptures == 2 ? read_two(w, s) : read_one(w, s);
    }

  for (i = 0; i < w->ncaptures; i++)
    {
      close_source(&s[i]);
    }

  if (ret == 0)
    {
      end(w);
    }

  return ret;
}
