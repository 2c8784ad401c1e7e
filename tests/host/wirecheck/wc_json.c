/* tests/host/wirecheck/wc_json.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The results as JSON, for the report; the page
 * Documentation/applications/wirecheck.md describes the form.  Times are
 * seconds since the first frame.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "wirecheck.h"

static void number(cJSON *to, const char *name, uint64_t value)
{
  cJSON_AddNumberToObject(to, name, (double)value);
}

static double seconds(const struct wc_s *w, int64_t t)
{
  return (double)(t - w->t_first) / 1e9;
}

static void add_captures(const struct wc_s *w, cJSON *root)
{
  cJSON *list = cJSON_AddArrayToObject(root, "captures");
  const struct wc_host_s *h;
  char text[64];
  unsigned int i;
  unsigned int k;

  for (i = 0; i < w->ncaptures; i++)
    {
      const struct wc_capture_s *c = &w->capture[i];
      cJSON *one = cJSON_CreateObject();
      cJSON *near;

      cJSON_AddStringToObject(one, "file", c->file);
      number(one, "frames", c->frames);
      number(one, "bytes", c->bytes);
      number(one, "dropped", c->dropped);
      near = cJSON_AddArrayToObject(one, "near");
      for (k = 0; k < WC_HASH; k++)
        {
          for (h = w->hosts[k]; h != NULL; h = h->next)
            {
              if (h->exact && h->near == i && h->last > 0)
                {
                  cJSON_AddItemToArray(near, cJSON_CreateString(
                    wc_addr_text(&h->addr, text, sizeof(text))));
                }
            }
        }

      cJSON_AddItemToArray(list, one);
    }
}

static void add_between(const struct wc_s *w, cJSON *root)
{
  cJSON *list = cJSON_AddArrayToObject(root, "between");
  const struct wc_host_s *h;
  char text[64];
  unsigned int k;

  for (k = 0; k < WC_HASH; k++)
    {
      for (h = w->hosts[k]; h != NULL; h = h->next)
        {
          cJSON *one;

          if (h->sent == 0)
            {
              continue;
            }

          one = cJSON_CreateObject();
          cJSON_AddStringToObject(one, "from", wc_addr_text(&h->addr, text,
                                                            sizeof(text)));
          number(one, "sent", h->sent);
          number(one, "lost", h->lost);
          number(one, "duplicated", h->duplicated);
          number(one, "changed", h->changed);
          number(one, "reordered", h->reordered);
          cJSON_AddItemToArray(list, one);
        }
    }
}

static void add_protocols(const struct wc_s *w, cJSON *root)
{
  cJSON *p = cJSON_AddObjectToObject(root, "protocols");

  number(p, "arp", w->protocols.arp);
  number(p, "ipv4", w->protocols.ipv4);
  number(p, "fragments", w->protocols.fragments);
  number(p, "icmp", w->protocols.icmp);
  number(p, "igmp", w->protocols.igmp);
  number(p, "udp", w->protocols.udp);
  number(p, "tcp", w->protocols.tcp);
  number(p, "ipv6", w->protocols.ipv6);
  number(p, "other", w->protocols.other);
}

static void add_findings(const struct wc_s *w, cJSON *root)
{
  cJSON *list = cJSON_AddArrayToObject(root, "findings");
  size_t i;

  for (i = 0; i < w->nfindings; i++)
    {
      const struct wc_finding_s *f = &w->findings[i];
      cJSON *one = cJSON_CreateObject();

      cJSON_AddStringToObject(one, "rule", g_wc_rules[f->rule].id);
      if (f->flow < 0)
        {
          cJSON_AddNullToObject(one, "flow");
        }
      else
        {
          number(one, "flow", (uint64_t)f->flow);
          cJSON_AddStringToObject(one, "name", f->name);
        }

      number(one, "file", f->file);
      number(one, "frame", f->frame);
      cJSON_AddNumberToObject(one, "time", seconds(w, f->t));
      cJSON_AddStringToObject(one, "text", f->text);
      cJSON_AddItemToArray(list, one);
    }
}

/* Flows ********************************************************************/

static void add_rtt(const struct wc_end_s *e, cJSON *one)
{
  cJSON *rtt = cJSON_AddObjectToObject(one, "rtt");

  number(rtt, "n", e->rtt_n);
  if (e->rtt_n > 0)
    {
      cJSON_AddNumberToObject(rtt, "min", (double)e->rtt_min / 1e9);
      cJSON_AddNumberToObject(rtt, "mean", e->rtt_sum / 1e9 /
                              (double)e->rtt_n);
      cJSON_AddNumberToObject(rtt, "max", (double)e->rtt_max / 1e9);
    }
}

static const char *endpoint(const struct wc_end_s *e, char *buf, size_t size)
{
  char text[64];

  snprintf(buf, size, "%s:%u", wc_addr_text(&e->host->addr, text,
                                            sizeof(text)), e->port);
  return buf;
}

static cJSON *direction(const struct wc_end_s *e)
{
  cJSON *one = cJSON_CreateObject();
  cJSON *causes;
  char text[80];
  unsigned int i;

  cJSON_AddStringToObject(one, "from", endpoint(e, text, sizeof(text)));
  number(one, "segments", e->segments);
  number(one, "payload_bytes", e->payload);
  number(one, "resent_segments", e->resent);
  number(one, "resent_bytes", e->resent_bytes);
  causes = cJSON_AddObjectToObject(one, "causes");
  for (i = WC_FIRST + 1; i < WC_NCAUSES; i++)
    {
      number(causes, g_wc_causes[i], e->causes[i]);
    }

  number(one, "pure_acks", e->pure_acks);
  number(one, "dupacks", e->dupacks_sent);
  number(one, "sack_blocks", e->sack_blocks);
  number(one, "dsacks", e->dsacks);
  number(one, "zero_windows", e->zero_windows);
  number(one, "keepalives", e->keepalives);
  number(one, "window_probes", e->probes);
  number(one, "out_of_order", e->out_of_order);
  number(one, "duplicates_by_network", e->netdups);
  number(one, "not_compared", e->unverified);
  number(one, "mss", e->mss);
  if (e->has_wscale)
    {
      number(one, "wscale", e->wscale);
    }
  else
    {
      cJSON_AddNullToObject(one, "wscale");
    }

  cJSON_AddBoolToObject(one, "sack_ok", e->sack_ok);
  cJSON_AddBoolToObject(one, "timestamps", e->has_ts);
  add_rtt(e, one);
  return one;
}

static cJSON *segment_row(const struct wc_s *w, const struct wc_point_s *p)
{
  cJSON *row = cJSON_CreateArray();

  cJSON_AddItemToArray(row, cJSON_CreateNumber(seconds(w, p->t)));
  cJSON_AddItemToArray(row, cJSON_CreateNumber(p->dir));
  cJSON_AddItemToArray(row, cJSON_CreateNumber((double)p->a));
  cJSON_AddItemToArray(row, cJSON_CreateNumber((double)p->b));
  cJSON_AddItemToArray(row, cJSON_CreateString(p->cause == WC_FIRST ?
                                               "first" : "resent"));
  cJSON_AddItemToArray(row, cJSON_CreateString(g_wc_causes[p->cause]));
  return row;
}

static cJSON *ack_row(const struct wc_s *w, const struct wc_point_s *p)
{
  cJSON *row = cJSON_CreateArray();
  cJSON *sacks = cJSON_CreateArray();
  unsigned int i;

  cJSON_AddItemToArray(row, cJSON_CreateNumber(seconds(w, p->t)));
  cJSON_AddItemToArray(row, cJSON_CreateNumber(p->dir));
  cJSON_AddItemToArray(row, cJSON_CreateNumber((double)p->a));
  cJSON_AddItemToArray(row, cJSON_CreateNumber((double)p->b));
  for (i = 0; i < p->nsack; i++)
    {
      const double block[2] =
        {
          (double)p->sack[i].left, (double)p->sack[i].right
        };

      cJSON_AddItemToArray(sacks, cJSON_CreateDoubleArray(block, 2));
    }

  cJSON_AddItemToArray(row, sacks);
  return row;
}

static void add_points(const struct wc_s *w, const struct wc_flow_s *flow,
                       cJSON *one)
{
  cJSON *list = cJSON_AddArrayToObject(one, "segments");
  size_t i;

  for (i = 0; i < flow->segments.n; i++)
    {
      cJSON_AddItemToArray(list, segment_row(w, &flow->segments.p[i]));
    }

  list = cJSON_AddArrayToObject(one, "acks");
  for (i = 0; i < flow->acks.n; i++)
    {
      cJSON_AddItemToArray(list, ack_row(w, &flow->acks.p[i]));
    }

  cJSON_AddBoolToObject(one, "decimated",
                        flow->segments.n < flow->segments.total ||
                        flow->acks.n < flow->acks.total);
  number(one, "segments_total", flow->segments.total);
  number(one, "acks_total", flow->acks.total);
}

static cJSON *flow_object(const struct wc_s *w, const struct wc_flow_s *flow,
                          bool points)
{
  cJSON *one = cJSON_CreateObject();
  cJSON *list;
  char text[80];

  number(one, "id", flow->id);
  cJSON_AddStringToObject(one, "a", endpoint(&flow->end[0], text,
                                             sizeof(text)));
  cJSON_AddStringToObject(one, "b", endpoint(&flow->end[1], text,
                                             sizeof(text)));
  cJSON_AddStringToObject(one, "state", wc_flow_state(flow));
  cJSON_AddBoolToObject(one, "start_seen", flow->complete);
  cJSON_AddNumberToObject(one, "first", seconds(w, flow->t_first));
  cJSON_AddNumberToObject(one, "last", seconds(w, flow->t_last));
  list = cJSON_AddArrayToObject(one, "directions");
  cJSON_AddItemToArray(list, direction(&flow->end[0]));
  cJSON_AddItemToArray(list, direction(&flow->end[1]));
  if (points)
    {
      add_points(w, flow, one);
    }

  return one;
}

static int more_resends(const void *a, const void *b)
{
  const struct wc_flow_s *f = *(const struct wc_flow_s *const *)a;
  const struct wc_flow_s *g = *(const struct wc_flow_s *const *)b;
  uint64_t fr = f->end[0].resent + f->end[1].resent;
  uint64_t gr = g->end[0].resent + g->end[1].resent;
  uint64_t fb = f->end[0].payload + f->end[1].payload;
  uint64_t gb = g->end[0].payload + g->end[1].payload;

  return fr != gr ? (fr < gr) - (fr > gr) :
         fb != gb ? (fb < gb) - (fb > gb) : (f->id > g->id) - (f->id < g->id);
}

static int earlier(const void *a, const void *b)
{
  const struct wc_flow_s *f = *(const struct wc_flow_s *const *)a;
  const struct wc_flow_s *g = *(const struct wc_flow_s *const *)b;

  return (f->id > g->id) - (f->id < g->id);
}

/* All flows in order of their start; the first of another order, by resends,
 * with their points
 */

static void add_flows(struct wc_s *w, cJSON *root)
{
  cJSON *list = cJSON_AddArrayToObject(root, "flows");
  size_t n = w->nflows;
  const struct wc_flow_s **flows = wc_alloc(NULL, n * sizeof(flows[0]));
  bool *points = wc_alloc(NULL, n * sizeof(points[0]));
  const struct wc_flow_s *flow;
  size_t i = 0;

  memset(points, 0, n * sizeof(points[0]));
  for (flow = w->newest; flow != NULL; flow = flow->older)
    {
      flows[i++] = flow;
    }

  qsort(flows, n, sizeof(flows[0]), more_resends);
  for (i = 0; i < n && i < w->opt.segments; i++)
    {
      points[flows[i]->id] = true;
    }

  qsort(flows, n, sizeof(flows[0]), earlier);
  for (i = 0; i < n; i++)
    {
      cJSON_AddItemToArray(list, flow_object(w, flows[i], points[i]));
    }

  free(flows);
  free(points);
}

static cJSON *build(struct wc_s *w, int status)
{
  cJSON *root = cJSON_CreateObject();
  cJSON *reasons;
  uint64_t frames = 0;
  uint64_t bytes = 0;
  unsigned int i;

  for (i = 0; i < w->ncaptures; i++)
    {
      frames += w->capture[i].frames;
      bytes  += w->capture[i].bytes;
    }

  cJSON_AddStringToObject(root, "program", "wirecheck");
  number(root, "version", 1);
  cJSON_AddStringToObject(root, "verdict", wc_verdict_name(status));
  reasons = cJSON_AddArrayToObject(root, "reasons");
  for (i = 0; i < w->nreasons; i++)
    {
      cJSON_AddItemToArray(reasons, cJSON_CreateString(w->reasons[i]));
    }

  cJSON_AddNumberToObject(root, "first", (double)w->t_first / 1e9);
  cJSON_AddNumberToObject(root, "seconds", seconds(w, w->t_last));
  number(root, "frames", frames);
  number(root, "bytes", bytes);
  number(root, "flows_total", w->nflows);
  number(root, "findings_total", w->total);
  add_captures(w, root);
  if (w->between != NULL)
    {
      add_between(w, root);
    }

  add_protocols(w, root);
  add_findings(w, root);
  add_flows(w, root);
  return root;
}

int wc_json(struct wc_s *w, int status, const char *file)
{
  cJSON *root = build(w, status);
  char *text = cJSON_PrintUnformatted(root);
  FILE *f = fopen(file, "w");
  bool good = f != NULL && text != NULL;

  good = good && fputs(text, f) >= 0 && fputc('\n', f) != EOF;
  if (f != NULL && fclose(f) != 0)
    {
      good = false;
    }

  if (!good)
    {
      fprintf(stderr, "wirecheck: %s: can not be written: %s\n", file,
              strerror(errno));
      if (f != NULL)
        {
          remove(file);
        }
    }

  cJSON_free(text);
  cJSON_Delete(root);
  return good ? 0 : WC_WRONG;
}
