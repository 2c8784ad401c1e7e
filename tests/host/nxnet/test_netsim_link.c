/* tests/host/nxnet/test_netsim_link.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The links of netsim.  Goal: a frame is late, lost, doubled or damaged as
 * the plan says, and never otherwise; a simulation of networks whose links
 * did nothing would find nothing.  Method: many frames through one link, with
 * seeds that are given, so that what is counted is the same each time; the
 * bounds are five standard deviations of what the plan says.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "netsim.h"

#define FRAMES 200000u
#define LEN    1000

struct count_s
{
  unsigned int n[NFATES];
  unsigned int passed;
};

static struct linkplan_s perfect(void)
{
  struct linkplan_s plan;

  memset(&plan, 0, sizeof(plan));
  plan.rate  = 8192000;              /* A millisecond for a frame */
  plan.delay = 20 * MSEC;
  plan.queue = 100;
  return plan;
}

static void make_frame(uint8_t *frame)
{
  memset(frame, 0, LEN);
  frame[12] = 8;
}

/* One frame every other time that a frame takes */

static void send_many(const struct linkplan_s *plan, uint64_t seed,
                      struct count_s *count)
{
  static uint8_t frame[LEN];
  struct passage_s passage;
  struct link_s link;
  unsigned int i;
  unsigned int bit;

  memset(count, 0, sizeof(*count));
  link_begin(&link, seed, 1);
  for (i = 0; i < FRAMES; i++)
    {
      make_frame(frame);
      link_pass(&link, plan, i * 2 * MSEC, frame, LEN, &passage);
      count->passed += passage.when > 0;
      for (bit = 0; bit < NFATES; bit++)
        {
          count->n[bit] += passage.fate >> bit & 1;
        }
    }
}

static unsigned int count_of(const struct count_s *count, unsigned int fate)
{
  unsigned int bit;

  for (bit = 0; fate >> bit != 1; bit++);
  return count->n[bit];
}

/* Did it happen with that chance, per million, of n? */

static void assert_chance(unsigned int happened, double n, double ppm)
{
  double p = ppm / 1e6;
  double off = fabs(happened - n * p);

  assert_true(off <= 5 * sqrt(n * p * (1 - p)));
}

static void assert_only(const struct count_s *count, unsigned int fates)
{
  unsigned int bit;

  for (bit = 0; bit < NFATES; bit++)
    {
      assert_int_equal(count->n[bit] != 0, fates >> bit & 1);
    }
}

/* Time *********************************************************************/

static void test_a_perfect_link_only_delays(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct count_s count;
  struct link_s link;
  uint8_t frame[LEN];
  uint8_t as_it_was[LEN];

  (void)state;
  make_frame(frame);
  memcpy(as_it_was, frame, LEN);
  link_begin(&link, 1, 1);
  link_pass(&link, &plan, 5 * SEC, frame, LEN, &passage);
  assert_true(passage.sent == 5 * SEC + MSEC);
  assert_true(passage.when == 5 * SEC + 21 * MSEC);
  assert_memory_equal(frame, as_it_was, LEN);
  send_many(&plan, 1, &count);
  assert_int_equal(count.passed, FRAMES);
  assert_only(&count, 0);
}

static void test_frames_wait_for_the_rate(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  uint8_t frame[LEN];
  unsigned int i;

  (void)state;
  make_frame(frame);
  link_begin(&link, 1, 1);
  for (i = 1; i <= 50; i++)
    {
      link_pass(&link, &plan, 0, frame, LEN, &passage);
      assert_true(passage.when == i * MSEC + plan.delay);
    }

  /* As bits, not as frames: ten times the rate, a short frame */

  plan.rate *= 10;
  link_begin(&link, 1, 1);
  link_pass(&link, &plan, 0, frame, 60, &passage);
  assert_true(passage.when - plan.delay == (60 + 24) * 8 * SEC / plan.rate);
}

static void test_a_full_queue_drops(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  uint8_t frame[LEN];
  unsigned int passed = 0;
  unsigned int i;

  (void)state;
  plan.queue = 10;
  make_frame(frame);
  link_begin(&link, 1, 1);
  for (i = 0; i < 100; i++)
    {
      link_pass(&link, &plan, 0, frame, LEN, &passage);
      passed += passage.when > 0;
      assert_int_equal(passage.fate, passage.when > 0 ? 0 : FATE_FULL);
    }

  /* Ten of the longest frames, one under way, and these are shorter */

  assert_true(passed >= 11 && passed <= 17);
  link_pass(&link, &plan, SEC, frame, LEN, &passage);
  assert_true(passage.when > 0);
}

static void test_jitter_is_spread_over_its_range(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  uint8_t frame[LEN];
  uint64_t least = UINT64_MAX;
  uint64_t most = 0;
  double sum = 0;
  unsigned int i;

  (void)state;
  plan.jitter = 8 * MSEC;
  link_begin(&link, 3, 1);
  for (i = 0; i < FRAMES; i++)
    {
      uint64_t now = i * 2 * MSEC;
      uint64_t extra;

      make_frame(frame);
      link_pass(&link, &plan, now, frame, LEN, &passage);
      extra = passage.when - now - MSEC - plan.delay;
      least = extra < least ? extra : least;
      most  = extra > most ? extra : most;
      sum  += (double)extra;
    }

  assert_true(most < plan.jitter);
  assert_true(most > plan.jitter * 999 / 1000);
  assert_true(least < plan.jitter / 1000);
  assert_true(fabs(sum / FRAMES / (double)plan.jitter - 0.5) < 0.01);
}

/* Loss *********************************************************************/

static void test_loss_by_chance(void **state)
{
  struct linkplan_s plan = perfect();
  struct count_s count;

  (void)state;
  plan.loss = 30000;
  send_many(&plan, 4, &count);
  assert_only(&count, FATE_LOST);
  assert_chance(count_of(&count, FATE_LOST), FRAMES, plan.loss);
  assert_int_equal(count.passed, FRAMES - count_of(&count, FATE_LOST));
}

static void test_all_and_nothing_is_lost(void **state)
{
  struct linkplan_s plan = perfect();
  struct count_s count;

  (void)state;
  plan.loss = PER_MILLION;
  send_many(&plan, 5, &count);
  assert_int_equal(count.passed, 0);
  plan.loss = 0;
  send_many(&plan, 5, &count);
  assert_int_equal(count.passed, FRAMES);
}

/* Gilbert and Elliott: of the time, p / (p + r) is bad; a bad time is 1 / r
 * frames long
 */

static void test_bursts_have_their_share_and_length(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  uint8_t frame[LEN];
  unsigned int lost = 0;
  unsigned int bursts = 0;
  unsigned int bad = 0;
  bool was = false;
  unsigned int i;

  (void)state;
  plan.to_bad   = 10000;
  plan.to_good  = 200000;
  plan.loss_bad = 500000;
  link_begin(&link, 6, 1);
  for (i = 0; i < FRAMES; i++)
    {
      make_frame(frame);
      link_pass(&link, &plan, i * 2 * MSEC, frame, LEN, &passage);
      assert_true(passage.fate == 0 || passage.fate == FATE_BURST);
      assert_true(passage.fate == 0 || link.bad);
      lost   += passage.fate != 0;
      bad    += link.bad;
      bursts += link.bad && !was;
      was     = link.bad;
    }

  assert_true(fabs((double)bad / FRAMES - 10.0 / 210) < 0.004);
  assert_true(fabs((double)bad / bursts - 5.0) < 0.3);
  assert_chance(lost, bad, plan.loss_bad);
}

/* The rest *****************************************************************/

static void test_late_frames_are_overtaken(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  struct count_s count;
  uint8_t frame[LEN];
  uint64_t last = 0;
  unsigned int overtaken = 0;
  unsigned int late = 0;
  unsigned int i;

  (void)state;
  plan.reorder = 50000;
  plan.late    = 7 * MSEC;
  link_begin(&link, 7, 1);
  for (i = 0; i < FRAMES; i++)
    {
      bool is_late;

      make_frame(frame);
      link_pass(&link, &plan, i * 2 * MSEC, frame, LEN, &passage);
      is_late    = (passage.fate & FATE_LATE) != 0;
      late      += is_late;
      overtaken += passage.when < last;
      last       = passage.when;
      assert_true(passage.when == i * 2 * MSEC + MSEC + plan.delay +
                  (is_late ? plan.late : 0));
    }

  assert_chance(late, FRAMES, plan.reorder);
  assert_true(overtaken > late / 2);
  send_many(&plan, 7, &count);
  assert_only(&count, FATE_LATE);
}

static void test_frames_are_doubled(void **state)
{
  struct linkplan_s plan = perfect();
  struct count_s count;

  (void)state;
  plan.dup = 20000;
  send_many(&plan, 8, &count);
  assert_only(&count, FATE_TWICE);
  assert_chance(count_of(&count, FATE_TWICE), FRAMES, plan.dup);
  assert_int_equal(count.passed, FRAMES);
}

static void test_one_bit_behind_the_header_is_damaged(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  uint8_t as_it_was[LEN];
  uint8_t frame[LEN];
  unsigned int damaged = 0;
  unsigned int i;
  unsigned int k;

  (void)state;
  plan.corrupt = 20000;
  make_frame(as_it_was);
  link_begin(&link, 9, 1);
  for (i = 0; i < FRAMES; i++)
    {
      unsigned int bits = 0;

      make_frame(frame);
      link_pass(&link, &plan, i * 2 * MSEC, frame, LEN, &passage);
      if (memcmp(frame, as_it_was, LEN) == 0)
        {
          assert_int_equal(passage.fate, 0);
          continue;
        }

      for (k = 0; k < LEN; k++)
        {
          bits += (unsigned int)__builtin_popcount(frame[k] ^ as_it_was[k]);
          assert_int_equal(as_it_was[k] & ~frame[k], 0);
        }

      assert_int_equal(bits, 1);
      assert_int_equal(passage.fate, FATE_DAMAGED);
      assert_memory_equal(frame, as_it_was, 14);
      damaged++;
    }

  assert_chance(damaged, FRAMES, plan.corrupt);
}

/* ARP has no checksum: what is damaged would be believed */

static void test_arp_is_not_damaged(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  uint8_t frame[LEN];
  uint8_t as_it_was[LEN];
  unsigned int i;

  (void)state;
  plan.corrupt = PER_MILLION;
  make_frame(frame);
  frame[13] = 6;
  memcpy(as_it_was, frame, LEN);
  link_begin(&link, 10, 1);
  for (i = 0; i < 100; i++)
    {
      link_pass(&link, &plan, i * 2 * MSEC, frame, LEN, &passage);
      assert_memory_equal(frame, as_it_was, LEN);
    }
}

/* A frame that has no 0 left */

static void test_what_cannot_be_damaged(void **state)
{
  struct linkplan_s plan = perfect();
  struct passage_s passage;
  struct link_s link;
  uint8_t frame[LEN];

  (void)state;
  plan.corrupt = PER_MILLION;
  memset(frame, 0xff, LEN);
  frame[12] = 8;
  frame[13] = 0;
  link_begin(&link, 10, 2);
  link_pass(&link, &plan, 0, frame, LEN, &passage);
  assert_int_equal(passage.fate, 0);
  link_pass(&link, &plan, SEC, frame, 14, &passage);
  assert_int_equal(passage.fate, 0);
  frame[LEN - 1] = 0xfe;
  link_pass(&link, &plan, 2 * SEC, frame, LEN, &passage);
  assert_int_equal(passage.fate, FATE_DAMAGED);
  assert_int_equal(frame[LEN - 1], 0xff);
}

static void test_a_link_is_the_same_each_time(void **state)
{
  struct linkplan_s plan = perfect();
  struct count_s a;
  struct count_s b;

  (void)state;
  plan.loss    = 10000;
  plan.reorder = 10000;
  plan.dup     = 10000;
  plan.corrupt = 10000;
  send_many(&plan, 11, &a);
  send_many(&plan, 11, &b);
  assert_memory_equal(&a, &b, sizeof(a));
  send_many(&plan, 12, &b);
  assert_memory_not_equal(&a, &b, sizeof(a));
}

/* All that there is is drawn by some seed, within its bounds */

static void test_plans_have_everything(void **state)
{
  static struct plan_s plan;
  unsigned int seen[12];
  unsigned int faults[NFAULTS];
  uint64_t seed;
  unsigned int i;

  (void)state;
  memset(seen, 0, sizeof(seen));
  memset(faults, 0, sizeof(faults));
  for (seed = 1; seed <= 1000; seed++)
    {
      plan_make(&plan, seed);
      assert_in_range(plan.nnodes, 2, MAX_NODES);
      assert_in_range(plan.nelements, 1, MAX_ELEMENTS);
      seen[0] += plan.router;
      seen[1] += plan.nnodes == MAX_NODES;
      for (i = 0; i < plan.nnodes; i++)
        {
          const struct linkplan_s *link = &plan.node[i].in;

          assert_true(link->rate > 0 && link->queue > 0);
          seen[2] += link->jitter > 0;
          seen[3] += link->loss > 0;
          seen[4] += link->loss_bad > 0;
          seen[5] += link->reorder > 0;
          seen[6] += link->dup > 0;
          seen[7] += link->corrupt > 0;
          seen[8] += !plan.node[i].small;
          seen[9] += plan.node[i].mtu != 1500;
        }

      for (i = 0; i < plan.nelements; i++)
        {
          const struct flowplan_s *flow = &plan.element[i].flow;

          if (plan.element[i].is_fault)
            {
              faults[plan.element[i].fault.kind]++;
              continue;
            }

          seen[10] += flow->udp;
          seen[11] += flow->client == flow->server;
        }
    }

  for (i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
    {
      assert_true(seen[i] > 0);
    }

  for (i = 0; i < NFAULTS; i++)
    {
      assert_true(faults[i] > 0);
    }
}

/* A part that is left out changes no other */

static void test_cut_leaves_the_rest_as_it_was(void **state)
{
  static struct plan_s whole;
  static struct plan_s plan;
  struct cut_s cut;
  char text[200];
  unsigned int i;

  (void)state;
  memset(&cut, 0, sizeof(cut));
  assert_true(cut_word(&cut, "0", 1));
  assert_true(cut_word(&cut, "n1", 2));
  assert_true(cut_word(&cut, "loss", 4));
  assert_false(cut_word(&cut, "n8", 2));
  assert_false(cut_word(&cut, "40", 2));
  assert_false(cut_word(&cut, "los", 3));
  assert_false(cut_word(&cut, "", 0));
  assert_false(cut_word(&cut, "n", 1));
  assert_false(cut_word(&cut, "-1", 2));
  cut.bytes = 7;
  cut_print(&cut, text, sizeof(text));
  assert_string_equal(text, " --drop=0,n1,loss --bytes=7");
  plan_make(&whole, 22);
  plan_make(&plan, 22);
  plan_cut(&plan, &cut);
  assert_int_equal(plan_nodes(&plan), whole.nnodes - 1);
  for (i = 0; i < plan.nelements; i++)
    {
      const struct flowplan_s *flow = &plan.element[i].flow;

      assert_int_equal(flow->client, whole.element[i].flow.client);
      assert_int_equal(flow->start, whole.element[i].flow.start);
      assert_true(plan.element[i].dropped || plan.element[i].is_fault ||
                  (i != 0 && flow->client != 1 && flow->server != 1));
      if (!plan.element[i].is_fault && flow->end[0].gate == GATE_ALL)
        {
          assert_true(flow->end[0].total <= 7);
        }
    }

  for (i = 0; i < plan.nnodes; i++)
    {
      assert_int_equal(plan.node[i].out.loss + plan.node[i].in.loss_bad, 0);
      assert_int_equal(plan.node[i].out.jitter, whole.node[i].out.jitter);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_a_perfect_link_only_delays),
    cmocka_unit_test(test_frames_wait_for_the_rate),
    cmocka_unit_test(test_a_full_queue_drops),
    cmocka_unit_test(test_jitter_is_spread_over_its_range),
    cmocka_unit_test(test_loss_by_chance),
    cmocka_unit_test(test_all_and_nothing_is_lost),
    cmocka_unit_test(test_bursts_have_their_share_and_length),
    cmocka_unit_test(test_late_frames_are_overtaken),
    cmocka_unit_test(test_frames_are_doubled),
    cmocka_unit_test(test_one_bit_behind_the_header_is_damaged),
    cmocka_unit_test(test_arp_is_not_damaged),
    cmocka_unit_test(test_what_cannot_be_damaged),
    cmocka_unit_test(test_a_link_is_the_same_each_time),
    cmocka_unit_test(test_plans_have_everything),
    cmocka_unit_test(test_cut_leaves_the_rest_as_it_was),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
