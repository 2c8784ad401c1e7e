/* tests/host/wirecheck/wc_read.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Where the frames come from: libpcap.  What it does not tell is how many
 * frames were dropped while a pcapng file was written; the blocks that say so
 * are read here (draft-ietf-opsawg-pcapng, 4.3 and 4.6).
 *
 * An interface is read until the number of frames or the time of the options
 * is reached, or a signal comes.
 */

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "wirecheck.h"

#define SNAPLEN      262144
#define BUFFER       (64 << 20)
#define BLOCK_STATS  5
#define BLOCK_PACKET 6
#define BLOCK_SECTION 0x0a0d0d0a
#define MAGIC        0x1a2b3c4d
#define OPT_DROPCOUNT 4
#define OPT_IFDROP   5
#define OPT_OSDROP   7

struct source_s
{
  pcap_t *pcap;
  struct wc_capture_s *capture;
  struct wc_frame_s frame;
  int64_t t;                         /* Of the frame before */
  bool has;
  bool nano;
};

static pcap_t *g_live;

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

static uint64_t drops_of_file(const char *file)
{
  FILE *f = fopen(file, "rb");
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

static int check_link(const char *name, pcap_t *pcap)
{
  int link = pcap_datalink(pcap);
  const char *text = pcap_datalink_val_to_name(link);

  if (link_known(link))
    {
      return 0;
    }

  fprintf(stderr, "wirecheck: %s: frames of link type %s can not be read; "
          "capture on an Ethernet interface\n", name,
          text != NULL ? text : "(unknown)");
  return WC_WRONG;
}

static int open_file(const char *file, struct source_s *s)
{
  char error[PCAP_ERRBUF_SIZE];
  FILE *f = fopen(file, "rb");

  if (f == NULL)
    {
      fprintf(stderr, "wirecheck: %s: %s\n", file, strerror(errno));
      return WC_WRONG;
    }

  s->nano = true;
  s->pcap = pcap_fopen_offline_with_tstamp_precision(
    f, PCAP_TSTAMP_PRECISION_NANO, error);
  if (s->pcap == NULL)
    {
      fclose(f);
      fprintf(stderr, "wirecheck: %s: not a capture that can be read (%s)\n",
              file, error);
      return WC_WRONG;
    }

  return check_link(file, s->pcap);
}

static void fill(struct source_s *s, const struct pcap_pkthdr *h,
                 const uint8_t *data)
{
  struct wc_frame_s *f = &s->frame;

  f->number++;
  f->t      = (int64_t)h->ts.tv_sec * WC_SEC +
              (int64_t)h->ts.tv_usec * (s->nano ? 1 : 1000);
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
      fprintf(stderr, "wirecheck: %s: the capture is damaged or its end is "
              "missing behind frame %" PRIu64 " (%s)\n", s->capture->file,
              s->frame.number, pcap_geterr(s->pcap));
      return WC_WRONG;
    }

  if (s->has)
    {
      fill(s, h, data);
    }

  return 0;
}

static void take(struct wc_s *w, struct source_s *s)
{
  const struct wc_frame_s *f = &s->frame;

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
      ret = open_file(s[i].capture->file, &s[i]);
      ret = ret == 0 ? next(&s[i]) : ret;
    }

  while (ret == 0 && (s[0].has || s[1].has))
    {
      i = first(w, s);
      take(w, &s[i]);
      ret = next(&s[i]);
    }

  return ret;
}

static int read_one(struct wc_s *w, struct source_s *s)
{
  int ret = next(s);

  while (ret == 0 && s->has)
    {
      take(w, s);
      ret = next(s);
    }

  return ret;
}

/* An interface *************************************************************/

static void stop(int signo)
{
  (void)signo;
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
  pcap_set_timeout(s->pcap, 100);
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

  return check_link(name, s->pcap);
}

static int read_live(struct wc_s *w, struct source_s *s)
{
  struct pcap_pkthdr *h;
  struct pcap_stat stat;
  const uint8_t *data;
  int ret;

  g_live = s->pcap;
  catch_signals();
  alarm(w->opt.seconds);
  fprintf(stderr, "wirecheck: listening on %s\n", w->opt.interface);
  do
    {
      ret = pcap_next_ex(s->pcap, &h, &data);
      if (ret == 1)
        {
          fill(s, h, data);
          take(w, s);
        }
    }
  while (ret >= 0 && (w->opt.count == 0 ||
                      s->frame.number < w->opt.count));

  alarm(0);
  g_live = NULL;
  if (ret == PCAP_ERROR)
    {
      fprintf(stderr, "wirecheck: %s: %s\n", w->opt.interface,
              pcap_geterr(s->pcap));
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
          ret = open_file(s[i].capture->file, &s[i]);
          s[i].capture->dropped = drops_of_file(s[i].capture->file);
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

/* A file that is in memory, for the fuzzer */

int wc_read_memory(struct wc_s *w, const void *data, size_t size)
{
  char error[PCAP_ERRBUF_SIZE];
  struct source_s s;
  FILE *f;
  int ret;

  memset(&s, 0, sizeof(s));
  s.capture       = &w->capture[0];
  s.capture->file = "memory";
  s.nano          = true;
  w->ncaptures    = 1;
  f = fmemopen((void *)(uintptr_t)data, size, "rb");
  if (f == NULL)
    {
      return WC_WRONG;
    }

  if (size > 4 && word(data, false) == BLOCK_SECTION)
    {
      s.capture->dropped = count_drops(f);
      rewind(f);
    }

  s.pcap = pcap_fopen_offline_with_tstamp_precision(
    f, PCAP_TSTAMP_PRECISION_NANO, error);
  if (s.pcap == NULL)
    {
      fclose(f);
      return WC_WRONG;
    }

  ret = link_known(pcap_datalink(s.pcap)) ? read_one(w, &s) : WC_WRONG;
  close_source(&s);
  end(w);
  return ret;
}
