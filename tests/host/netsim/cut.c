/* tests/host/netsim/cut.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is left out of a plan: elements, nodes with all elements that need
 * them, properties of the links and nodes, and bytes.  What is left is as it
 * was, since each part of a plan is drawn from numbers of its own.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsim.h"

static const char *const g_words[NCUTS] =
{
  "jitter", "loss", "reorder", "dup", "corrupt", "hold", "sg", "batch"
};

/* As text ******************************************************************/

bool cut_word(struct cut_s *cut, const char *word, size_t len)
{
  bool node = len > 0 && word[0] == 'n';
  unsigned long n;
  char *end;
  unsigned int i;

  for (i = 0; i < NCUTS; i++)
    {
      if (strlen(g_words[i]) == len && strncmp(word, g_words[i], len) == 0)
        {
          cut->properties |= 1u << i;
          return true;
        }
    }

  if (len <= node || word[node] < '0' || word[node] > '9')
    {
      return false;
    }

  n = strtoul(word + node, &end, 10);
  if (end != word + len || n >= (node ? MAX_NODES : MAX_ELEMENTS))
    {
      return false;
    }

  (node ? cut->node : cut->element)[n] = true;
  return true;
}

static size_t add(char *buf, size_t size, size_t n, const char *prefix,
                  unsigned int number)
{
  return n + (size_t)snprintf(buf + n, size - n, "%s%s%u",
                              n == 0 ? " --drop=" : ",", prefix, number);
}

void cut_print(const struct cut_s *cut, char *buf, size_t size)
{
  size_t n = 0;
  unsigned int i;

  buf[0] = '\0';
  for (i = 0; i < MAX_ELEMENTS; i++)
    {
      n = cut->element[i] ? add(buf, size, n, "", i) : n;
    }

  for (i = 0; i < MAX_NODES; i++)
    {
      n = cut->node[i] ? add(buf, size, n, "n", i) : n;
    }

  for (i = 0; i < NCUTS; i++)
    {
      if ((cut->properties & 1u << i) != 0)
        {
          n += (size_t)snprintf(buf + n, size - n, "%s%s",
                                n == 0 ? " --drop=" : ",", g_words[i]);
        }
    }

  if (cut->bytes > 0)
    {
      snprintf(buf + n, size - n, " --bytes=%u", cut->bytes);
    }
}

/* Leaving out **************************************************************/

static void cut_link(struct linkplan_s *link, unsigned int properties)
{
  if ((properties & CUT_JITTER) != 0)
    {
      link->jitter = 0;
    }

  if ((properties & CUT_LOSS) != 0)
    {
      link->loss = link->loss_bad = 0;
    }

  if ((properties & CUT_REORDER) != 0)
    {
      link->reorder = 0;
    }

  if ((properties & CUT_DUP) != 0)
    {
      link->dup = 0;
    }

  if ((properties & CUT_CORRUPT) != 0)
    {
      link->corrupt = 0;
    }
}

static void cut_node(struct plan_s *plan, unsigned int i,
                     const struct cut_s *cut)
{
  struct nodeplan_s *node = &plan->node[i];

  node->absent = cut->node[i] && !(plan->router && i == 0);
  node->hold  &= (cut->properties & CUT_HOLD) == 0;
  node->sg    &= (cut->properties & CUT_SG) == 0;
  node->more  &= (cut->properties & CUT_BATCH) == 0;
  cut_link(&node->out, cut->properties);
  cut_link(&node->in, cut->properties);
}

/* The patterns stay what they are: as much is echoed as was sent, and there
 * is an answer to each request.
 */

static void cut_bytes(struct flowplan_s *flow, uint32_t most)
{
  struct endplan_s *client = &flow->end[0];
  struct endplan_s *server = &flow->end[1];

  if (flow->udp)
    {
      return;
    }

  if (client->gate == GATE_REQUEST)
    {
      uint32_t n = client->total / flow->request;

      n = n < most / flow->request ? n : most / flow->request;
      n = n == 0 ? 1 : n;
      client->total = n * flow->request;
      server->total = n * flow->response;
      return;
    }

  client->total = client->total < most ? client->total : most;
  server->total = server->total < most ? server->total : most;
}

void plan_cut(struct plan_s *plan, const struct cut_s *cut)
{
  unsigned int i;

  for (i = 0; i < plan->nnodes; i++)
    {
      cut_node(plan, i, cut);
    }

  for (i = 0; i < plan->nelements; i++)
    {
      struct flowplan_s *flow = &plan->element[i].flow;
      bool fault = plan->element[i].is_fault;

      plan->element[i].dropped = cut->element[i] ||
        (fault ? plan->node[plan->element[i].fault.node].absent :
         plan->node[flow->client].absent || plan->node[flow->server].absent);
      if (cut->bytes > 0 && !fault)
        {
          cut_bytes(flow, cut->bytes);
        }
    }

  plan_weigh(plan);
}

unsigned int plan_nodes(const struct plan_s *plan)
{
  unsigned int n = 0;
  unsigned int i;

  for (i = 0; i < plan->nnodes; i++)
    {
      n += !plan->node[i].absent;
    }

  return n;
}

unsigned int plan_elements(const struct plan_s *plan)
{
  unsigned int n = 0;
  unsigned int i;

  for (i = 0; i < plan->nelements; i++)
    {
      n += !plan->element[i].dropped;
    }

  return n;
}
