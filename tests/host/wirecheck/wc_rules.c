/* tests/host/wirecheck/wc_rules.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rules, what was found, and the verdict.
 *
 * A rule that needs every frame of a connection says nothing where some are
 * missing: neither in a connection whose start was not captured, nor in a
 * capture that has lost frames.  The verdict is inconclusive then, unless a
 * rule that needs less has found something.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

const struct wc_rule_s g_wc_rules[WC_NRULES] =
{
#define X(name, id, family, complete, text) {id, family, complete, text},
  WC_RULES(X)
#undef X
};

const char *const g_wc_causes[WC_NCAUSES] =
{
  "", "rto", "dupack", "sack", "rack", "tlp", "partial", "probe", "pmtu",
  "repeat", "unknown"
};

static const char *const g_families[] =
{
  "", "resent bytes are the bytes first sent",
  "checksums, lengths, header fields",
  "windows, sequence numbers, acknowledgements",
  "each retransmission has a cause",
  "start, end, delivery"
};

/* There is nothing to be done without memory */

void *wc_alloc(void *old, size_t size)
{
  void *p = realloc(old, size > 0 ? size : 1);

  if (p == NULL)
    {
      fprintf(stderr, "wirecheck: out of memory\n");
      exit(WC_WRONG);
    }

  return p;
}

static char *format(const char *fmt, va_list ap)
{
  char buf[512];

  vsnprintf(buf, sizeof(buf), fmt, ap);
  return strcpy(wc_alloc(NULL, strlen(buf) + 1), buf);
}

const char *wc_flow_name(const struct wc_flow_s *flow, char *buf,
                         size_t size)
{
  char a[64];
  char b[64];

  snprintf(buf, size, "%s:%u > %s:%u",
           wc_addr_text(&flow->end[0].host->addr, a, sizeof(a)),
           flow->end[0].port,
           wc_addr_text(&flow->end[1].host->addr, b, sizeof(b)),
           flow->end[1].port);
  return buf;
}

void wc_found(struct wc_s *w, const struct wc_frame_s *frame,
              const struct wc_flow_s *flow, enum wc_rule_e rule,
              const char *fmt, ...)
{
  struct wc_finding_s *f;
  char name[160];
  va_list ap;

  if (flow != NULL && !flow->complete && g_wc_rules[rule].complete)
    {
      return;
    }

  w->found[rule]++;
  w->total++;
  if (w->nfindings == WC_MAXFINDINGS)
    {
      return;
    }

  w->findings = wc_alloc(w->findings, (w->nfindings + 1) * sizeof(*f));
  f           = &w->findings[w->nfindings++];
  f->rule     = rule;
  f->flow     = flow != NULL ? (int64_t)flow->id : -1;
  f->file     = frame != NULL ? frame->file : 0;
  f->frame    = frame != NULL ? frame->number : 0;
  f->t        = frame != NULL ? frame->t : w->t_last;
  f->name     = NULL;
  if (flow != NULL)
    {
      wc_flow_name(flow, name, sizeof(name));
      f->name = strcpy(wc_alloc(NULL, strlen(name) + 1), name);
    }

  va_start(ap, fmt);
  f->text = format(fmt, ap);
  va_end(ap);
}

/* Why no verdict is possible; each reason once */

void wc_reason(struct wc_s *w, const char *fmt, ...)
{
  unsigned int i;
  va_list ap;
  char *text;

  va_start(ap, fmt);
  text = format(fmt, ap);
  va_end(ap);

  for (i = 0; i < w->nreasons; i++)
    {
      if (strcmp(w->reasons[i], text) == 0)
        {
          free(text);
          return;
        }
    }

  if (w->nreasons == sizeof(w->reasons) / sizeof(w->reasons[0]))
    {
      free(text);
      return;
    }

  w->reasons[w->nreasons++] = text;
}

void wc_list_rules(FILE *out)
{
  unsigned int family;
  unsigned int i;

  for (family = 1; family <= 5; family++)
    {
      fprintf(out, "%u. %s\n", family, g_families[family]);
      for (i = 0; i < WC_NRULES; i++)
        {
          if (g_wc_rules[i].family == family)
            {
              fprintf(out, "  %-15s %s\n", g_wc_rules[i].id,
                      g_wc_rules[i].text);
            }
        }
    }
}

static void forget(struct wc_finding_s *f)
{
  free(f->name);
  free(f->text);
}

/* With frames missing, what needs all of them proves nothing */

static void withdraw(struct wc_s *w)
{
  size_t kept = 0;
  size_t i;

  for (i = 0; i < w->nfindings; i++)
    {
      if (g_wc_rules[w->findings[i].rule].complete)
        {
          forget(&w->findings[i]);
        }
      else
        {
          w->findings[kept++] = w->findings[i];
        }
    }

  w->nfindings = kept;
  for (i = 0; i < WC_NRULES; i++)
    {
      if (g_wc_rules[i].complete)
        {
          w->total -= w->found[i];
          w->found[i] = 0;
        }
    }
}

static void look_at_captures(struct wc_s *w)
{
  uint64_t dropped = 0;
  uint64_t frames = 0;
  unsigned int i;

  for (i = 0; i < w->ncaptures; i++)
    {
      const struct wc_capture_s *c = &w->capture[i];

      frames  += c->frames;
      dropped += c->dropped;
      if (c->dropped > 0)
        {
          wc_reason(w, "%s: %" PRIu64 " frames were dropped by the capture",
                    c->file, c->dropped);
        }

      if (c->cut > 0)
        {
          wc_reason(w, "%s: %" PRIu64 " frames were cut by the snapshot "
                    "length", c->file, c->cut);
        }
    }

  if (frames == 0)
    {
      wc_reason(w, "there are no frames");
    }

  if (dropped > 0)
    {
      withdraw(w);
    }
}

int wc_verdict(struct wc_s *w)
{
  look_at_captures(w);
  if (w->missing_start > 0)
    {
      wc_reason(w, "the start of %" PRIu64 " connection%s is missing",
                w->missing_start, w->missing_start > 1 ? "s" : "");
    }

  if (w->unchecked > 0)
    {
      wc_reason(w, "%" PRIu64 " packets of IPv6 carry what is not checked",
                w->unchecked);
    }

  return w->total > 0 ? WC_FINDINGS :
         w->nreasons > 0 ? WC_INCONCLUSIVE : WC_CLEAN;
}

const char *wc_verdict_name(int status)
{
  return status == WC_CLEAN ? "clean" :
         status == WC_FINDINGS ? "findings" : "inconclusive";
}

static void report_finding(const struct wc_s *w,
                           const struct wc_finding_s *f, FILE *out)
{
  fprintf(out, "%s: ", g_wc_rules[f->rule].id);
  if (f->name != NULL)
    {
      fprintf(out, "flow %" PRId64 " %s, ", f->flow, f->name);
    }

  if (w->ncaptures > 1)
    {
      fprintf(out, "%s ", w->capture[f->file].file);
    }

  fprintf(out, "frame %" PRIu64 ", %.6f s: %s\n", f->frame,
          (double)(f->t - w->t_first) / 1e9, f->text);
}

/* What was found, a line each, and the summary */

void wc_report(struct wc_s *w, int status, FILE *out)
{
  uint64_t frames = 0;
  uint64_t bytes = 0;
  size_t i;

  for (i = 0; i < w->ncaptures; i++)
    {
      frames += w->capture[i].frames;
      bytes  += w->capture[i].bytes;
    }

  for (i = 0; !w->opt.quiet && i < w->nfindings; i++)
    {
      report_finding(w, &w->findings[i], out);
    }

  if (!w->opt.quiet && w->total > w->nfindings)
    {
      fprintf(out, "and %" PRIu64 " more findings\n",
              w->total - w->nfindings);
    }

  for (i = 0; !w->opt.quiet && i < w->nreasons; i++)
    {
      fprintf(out, "inconclusive: %s\n", w->reasons[i]);
    }

  fprintf(out, "wirecheck: %s: %u flows, %" PRIu64 " frames, %" PRIu64
          " bytes, %" PRIu64 " findings\n", wc_verdict_name(status),
          w->nflows, frames, bytes, w->total);
}

struct wc_s *wc_new(const struct wc_options_s *opt)
{
  struct wc_s *w = wc_alloc(NULL, sizeof(*w));

  memset(w, 0, sizeof(*w));
  w->opt = *opt;
  return w;
}

void wc_free(struct wc_s *w)
{
  size_t i;

  for (i = 0; i < w->nfindings; i++)
    {
      forget(&w->findings[i]);
    }

  for (i = 0; i < w->nreasons; i++)
    {
      free(w->reasons[i]);
    }

  for (i = 0; i < WC_HASH; i++)
    {
      while (w->hosts[i] != NULL)
        {
          struct wc_host_s *next = w->hosts[i]->next;

          free(w->hosts[i]);
          w->hosts[i] = next;
        }
    }

  wc_flow_free(w);
  wc_frag_free(w);
  wc_between_free(w);
  free(w->findings);
  free(w->sent_udp);
  free(w);
}
