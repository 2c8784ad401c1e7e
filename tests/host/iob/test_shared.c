/* tests/host/iob/test_shared.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sharing.  Goal: several packets view the same bytes, nobody writes what
 * somebody else views, and head-room and tail-room have one owner.  Method:
 * packets of known bytes are shared, cut, pushed and written in all the ways
 * the interface has, and every view is compared afterwards.  The tests whose
 * names begin with sharing_ are those that must fail if iob_share() copied;
 * test_copied.c shows that they do.
 */

#include "iob_fixture.h"

/* Counters that a test looks at */

static struct iob_info_s info(void)
{
  struct iob_info_s now;

  iob_getinfo(&now);
  return now;
}

/* A chain of three iobs of 100 bytes: byte i is fixture_byte(i) */

static struct iob_s *chain300(void)
{
  struct iob_s *iob = fixture_packet(20, 300);
  struct iob_s *head = NULL;
  unsigned int i;

  for (i = 3; i-- > 0; )
    {
      struct iob_s *part = iob_tryalloc_contig(100, 20, IOB_CLASS_TX);

      assert_non_null(part);
      memcpy(IOB_DATA(part), IOB_DATA(iob) + 100 * i, 100);
      part->io_len   = 100;
      part->io_flink = head;
      head           = part;
    }

  head->io_pktlen = 300;
  iob_free(iob);
  return head;
}

static void sharing_takes_no_memory_and_no_copy(void **state)
{
  struct iob_s *iob = fixture_packet(64, 1460);
  struct iob_info_s before = info();
  struct iob_s *view = iob_share(iob, 0, 1460);
  struct iob_info_s after = info();

  (void)state;
  assert_int_equal(after.used, before.used);
  assert_int_equal(after.views_used, before.views_used + 2);
  assert_int_equal(after.ncopy, before.ncopy);
  assert_int_equal(after.nshare, before.nshare + 1);
  assert_ptr_equal(IOB_DATA(view), IOB_DATA(iob));
  fixture_verify(view, 0, 1460);
  iob_free(view);
  iob_free(iob);
}

static void sharing_a_second_time_costs_one_view(void **state)
{
  struct iob_s *iob = fixture_packet(0, 500);
  struct iob_s *one = iob_share(iob, 0, 500);
  struct iob_info_s before = info();
  struct iob_s *two = iob_share(one, 100, 50);

  (void)state;
  assert_int_equal(info().views_used, before.views_used + 1);
  assert_ptr_equal(IOB_DATA(two), IOB_DATA(iob) + 100);
  iob_free(iob);
  iob_free(one);
  fixture_verify(two, 100, 50);
  iob_free(two);
}

static void sharing_a_small_part_keeps_the_whole_extent(void **state)
{
  struct iob_info_s before = info();
  struct iob_s *iob = fixture_packet(64, 1460);
  size_t used = info().used - before.used;
  struct iob_s *view;

  (void)state;
  assert_int_equal(iob_memsize(iob), used);
  view = iob_share(iob, 1000, 1);
  assert_int_equal(iob_memsize(view), used);
  assert_int_equal(iob_memsize(iob), used);
  iob_free(iob);
  assert_int_equal(info().used - before.used, used);
  assert_int_equal(iob_memsize(view), used);
  assert_int_equal(iob_pull(view, 1), OK);
  assert_int_equal(iob_memsize(view), used);
  iob_free(view);
}

static void sharing_sees_what_the_owner_wrote_before(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view = iob_share(iob, 0, 100);

  (void)state;
  assert_int_equal(iob_push(view, 20), OK);
  memset(IOB_DATA(view), 0xee, 20);

  /* The bytes in front are the same memory for both */

  assert_ptr_equal(IOB_DATA(view) + 20, IOB_DATA(iob));
  assert_int_equal(IOB_DATA(iob)[-1], 0xee);
  iob_free(view);
  iob_free(iob);
}

static void sharing_leaves_neither_of_them_writable(void **state)
{
  struct iob_s *iob = fixture_packet(0, 100);
  struct iob_s *view;

  (void)state;
  assert_true(iob_writable(iob));
  view = iob_share(iob, 10, 20);
  assert_false(iob_writable(iob));
  assert_false(iob_writable(view));
  iob_free(iob);
  assert_true(iob_writable(view));
  iob_free(view);
}

static void nothing_and_too_much_is_not_shared(void **state)
{
  static const unsigned int bad[][2] =
  {
    {0, 0}, {0, 301}, {1, 300}, {299, 2}, {300, 1}, {300, 0}, {301, 1},
    {100, 201}, {4000000000u, 1}, {1, 4000000000u}, {0, UINT32_MAX}
  };

  struct iob_s *iob = chain300();
  struct iob_info_s before;
  unsigned int i;

  (void)state;

  /* The common parts of a failed attempt may stay, until a view goes */

  iob_free_chain(iob_share(iob, 0, 300));
  before = info();
  for (i = 0; i < nitems(bad); i++)
    {
      assert_null(iob_share(iob, bad[i][0], bad[i][1]));
      assert_int_equal(info().views_used, before.views_used);
    }

  fixture_verify(iob, 0, 300);
  assert_int_equal(iob_push(iob, 20), OK);
  iob_free_chain(iob);
}

static void every_part_of_a_chain_can_be_shared(void **state)
{
  struct iob_s *iob = chain300();
  unsigned int offset;
  unsigned int len;

  (void)state;
  for (offset = 0; offset < 300; offset += offset % 100 == 98 ? 1 : 7)
    {
      for (len = 1; len <= 300 - offset; len += len % 100 == 99 ? 1 : 13)
        {
          struct iob_s *view = iob_share(iob, offset, len);

          assert_non_null(view);
          fixture_verify(view, offset, len);
          iob_free_chain(view);
        }
    }

  fixture_verify(iob, 0, 300);
  iob_free_chain(iob);
}

static void sharing_without_views_fails_and_is_counted(void **state)
{
  struct iob_s *iob = chain300();
  struct iob_s *hoard = NULL;
  struct iob_s *view;
  uint32_t failed = info().fail_views;
  size_t used = info().used;

  (void)state;
  while ((view = iob_share(iob, 0, 1)) != NULL)
    {
      view->io_flink = hoard;
      hoard          = view;
    }

  assert_true(info().fail_views > failed);
  assert_int_equal(info().used, used);
  assert_null(iob_share(iob, 0, 300));

  /* The packet has its head-room still, or the first view has it */

  fixture_verify(iob, 0, 300);
  while (hoard != NULL)
    {
      struct iob_s *next = hoard->io_flink;

      hoard->io_flink = NULL;
      iob_free(hoard);
      hoard = next;
    }

  view = iob_share(iob, 0, 300);
  fixture_verify(view, 0, 300);
  iob_free_chain(view);
  iob_free_chain(iob);
}

static void sharing_from_the_start_moves_the_headroom(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view = iob_share(iob, 0, 60);

  (void)state;
  assert_int_equal(view->io_offset, 64);
  assert_int_equal(IOB_FREESPACE(view), 0);
  assert_int_equal(iob->io_offset, 0);
  assert_int_equal(iob_push(iob, 1), -ENOSPC);
  assert_int_equal(iob_push(view, 65), -ENOSPC);
  assert_int_equal(iob_push(view, 64), OK);
  assert_int_equal(view->io_pktlen, 124);
  assert_int_equal(iob_push(view, 1), -ENOSPC);
  iob_free(view);
  iob_free(iob);
}

static void a_share_of_the_middle_leaves_the_headroom(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view = iob_share(iob, 1, 60);

  (void)state;
  assert_int_equal(view->io_offset, 0);
  assert_int_equal(iob_push(view, 1), -ENOSPC);
  assert_int_equal(iob->io_offset, 64);
  assert_int_equal(iob_push(iob, 64), OK);
  iob_free(view);
  iob_free(iob);
}

static void sharing_leaves_the_tailroom_with_the_queue(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view;
  uint8_t more[10];

  (void)state;
  memset(more, 0x5a, sizeof(more));
  iob_trimtail(iob, 10);
  view = iob_share(iob, 0, 90);
  assert_int_equal(iob_tailroom(view), 0);
  assert_int_equal(iob_tailroom(iob), 10);
  assert_int_equal(iob_trycopyin(iob, more, 10, 90, false), 10);
  assert_int_equal(info().ncopy, 0);
  assert_ptr_equal(IOB_DATA(view), IOB_DATA(iob));
  fixture_verify(view, 0, 90);
  assert_memory_equal(IOB_DATA(iob) + 90, more, 10);
  iob_free(view);
  iob_free(iob);
}

static void sharing_ends_and_the_window_is_whole_again(void **state)
{
  struct iob_s *iob = fixture_packet(64, 1400);
  struct iob_s *view = iob_share(iob, 0, 1400);

  (void)state;
  assert_int_equal(iob_push(view, 54), OK);
  iob_free(view);

  /* All that the driver's view had is the queue's again */

  assert_int_equal(iob_push(iob, 64), OK);
  assert_int_equal(iob_pull(iob, 64), OK);
  assert_true(iob_writable(iob));
  fixture_verify(iob, 0, 1400);
  iob_free(iob);
}

static void sharing_first_goes_and_the_other_has_all(void **state)
{
  struct iob_s *iob = fixture_packet(64, 1400);
  struct iob_s *view = iob_share(iob, 700, 10);

  (void)state;
  iob_free(iob);
  assert_int_equal(iob_push(view, 764), OK);
  assert_int_equal(iob_push(view, 1), -ENOSPC);
  assert_int_equal(iob_pull(view, 764), OK);
  assert_true(iob_tailroom(view) >= 690);
  fixture_verify(view, 700, 10);
  iob_free(view);
}

static void sharing_what_is_pulled_is_nobodys_headroom(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view = iob_share(iob, 0, 100);

  (void)state;

  /* The queue drops acknowledged bytes that the driver still sends */

  iob = iob_trimhead(iob, 40);
  assert_int_equal(iob_push(iob, 1), -ENOSPC);
  assert_int_equal(iob_copyin(iob, (const uint8_t *)"x", 1, -1, false),
                   -ENOSPC);
  fixture_verify(iob, 40, 60);

  /* The driver's view loses its front, which the queue still has */

  assert_int_equal(iob_pull(view, 50), OK);
  assert_int_equal(iob_push(view, 1), -ENOSPC);
  fixture_verify(view, 50, 50);

  /* Alone again, the dead bytes are head-room */

  iob_free(view);
  assert_int_equal(iob_push(iob, 104), OK);
  assert_int_equal(iob_pull(iob, 104), OK);
  fixture_verify(iob, 40, 60);
  iob_free(iob);
}

static void sharing_what_is_trimmed_is_nobodys_tailroom(void **state)
{
  struct iob_s *iob = fixture_packet(0, 100);
  struct iob_s *view = iob_share(iob, 0, 100);

  (void)state;
  iob = iob_trimtail(iob, 30);
  assert_int_equal(iob_tailroom(iob), 0);
  assert_int_equal(iob_grow(iob, 1), -EBUSY);
  assert_int_equal(iob_shrink(iob), -EBUSY);
  view = iob_trimtail(view, 10);
  assert_int_equal(iob_tailroom(view), 0);
  fixture_verify(iob, 0, 70);
  fixture_verify(view, 0, 90);
  iob_free(iob);
  assert_true(iob_tailroom(view) >= 10);
  iob_free(view);
}

static void sharing_writers_copy_and_are_counted(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view = iob_share(iob, 0, 100);
  uint8_t other[100];

  (void)state;
  memset(other, 0xaa, sizeof(other));
  assert_int_equal(iob_trycopyin(iob, other, 1, 99, false), 1);
  assert_int_equal(info().ncopy, 1);
  assert_int_equal(info().bytes_copied, 100);
  assert_true(iob_writable(iob));
  assert_true(iob_writable(view));
  fixture_verify(view, 0, 100);
  assert_int_equal(IOB_DATA(iob)[99], 0xaa);
  assert_int_equal(IOB_DATA(iob)[98], fixture_byte(98));
  iob_free(iob);
  iob_free(view);
}

static void sharing_unshare_keeps_the_descriptor_and_headroom(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view = iob_share(iob, 0, 100);
  uint8_t *data = view->io_data;

  (void)state;
  assert_int_equal(iob_push(view, 14), OK);
  memset(IOB_DATA(view), 0x11, 14);
  assert_int_equal(iob_unshare(view), OK);
  assert_ptr_not_equal(view->io_data, data);
  assert_int_equal(view->io_offset, 50);
  assert_int_equal(view->io_len, 114);
  assert_int_equal(IOB_DATA(view)[13], 0x11);
  assert_int_equal(iob_unshare(iob), OK);
  assert_int_equal(info().ncopy, 1);
  fixture_verify(iob, 0, 100);
  iob_free(view);
  iob_free(iob);
}

/* What was taken off the front is there to be looked at, as a header that
 * the link layer has read: the copy has it as well.
 */

static void sharing_unshare_keeps_what_is_in_the_headroom(void **state)
{
  struct iob_s *iob = fixture_packet(64, 100);
  struct iob_s *view;
  unsigned int i;

  (void)state;
  assert_int_equal(iob_push(iob, 14), OK);
  memset(IOB_DATA(iob), 0x11, 14);
  assert_int_equal(iob_pull(iob, 14), OK);
  view = iob_share(iob, 0, 100);
  assert_non_null(view);
  assert_int_equal(iob_unshare(view), OK);
  assert_int_equal(view->io_offset, 64);
  for (i = 1; i <= 14; i++)
    {
      assert_int_equal(IOB_DATA(view)[-(int)i], 0x11);
    }

  fixture_verify(view, 0, 100);
  iob_free(view);
  iob_free(iob);
}

static void sharing_unshare_without_memory_changes_nothing(void **state)
{
  struct iob_s *iob = fixture_packet(64, 1000);
  struct iob_s *view = iob_share(iob, 0, 1000);
  struct iob_s *hoard = NULL;
  struct iob_s *more;

  (void)state;
  while ((more = iob_tryalloc(false)) != NULL)
    {
      more->io_flink = hoard;
      hoard          = more;
    }

  assert_int_equal(iob_unshare(iob), -ENOMEM);
  assert_int_equal(iob_unshare(view), -ENOMEM);
  assert_int_equal(iob_trycopyin(iob, (const uint8_t *)"x", 1, 0, false),
                   -ENOMEM);
  assert_int_equal(view->io_offset, 64);
  fixture_verify(iob, 0, 1000);
  fixture_verify(view, 0, 1000);
  iob_free_chain(hoard);
  assert_int_equal(iob_unshare(iob), OK);
  iob_free(iob);
  iob_free(view);
}

static void push_and_pull_on_a_private_packet(void **state)
{
  struct iob_s *iob = fixture_packet(32, 100);

  (void)state;
  assert_int_equal(iob_push(iob, 33), -ENOSPC);
  assert_int_equal(iob_push(iob, UINT32_MAX), -ENOSPC);
  assert_int_equal(iob_push(iob, 0), OK);
  assert_int_equal(iob_pull(iob, 101), -EINVAL);
  assert_int_equal(iob_pull(iob, UINT32_MAX), -EINVAL);
  assert_int_equal(iob->io_pktlen, 100);
  assert_int_equal(iob_pull(iob, 100), OK);
  assert_int_equal(iob->io_len, 0);
  assert_int_equal(iob_push(iob, 132), OK);
  assert_int_equal(iob->io_offset, 0);
  assert_int_equal(iob->io_pktlen, 132);
  iob_free(iob);
}

static void linearize_copies_only_a_chain(void **state)
{
  struct iob_s *iob = chain300();
  struct iob_s *flat = iob_linearize(iob, 30, IOB_CLASS_TX);

  (void)state;
  assert_non_null(flat);
  assert_int_equal(info().nbounce, 1);
  assert_null(flat->io_flink);
  assert_true(flat->io_offset >= 30);
  fixture_verify(flat, 0, 300);
  assert_ptr_equal(iob_linearize(flat, 30, IOB_CLASS_TX), flat);
  assert_int_equal(info().nbounce, 1);
  assert_null(iob_linearize(flat, 65000, IOB_CLASS_TX));
  assert_null(iob_linearize(flat, UINT32_MAX, IOB_CLASS_TX));
  fixture_verify(flat, 0, 300);
  iob_free(flat);
}

static void a_scatter_gather_list_is_never_cut(void **state)
{
  struct iob_s *iob = chain300();
  struct iob_iov_s iov[3];

  (void)state;
  assert_int_equal(iob_to_iov(iob, iov, 0), -EMSGSIZE);
  assert_int_equal(iob_to_iov(iob, iov, 2), -EMSGSIZE);
  assert_int_equal(iob_to_iov(iob, iov, -1), -EMSGSIZE);
  assert_int_equal(iob_to_iov(iob, iov, 3), 3);
  assert_ptr_equal(iov[1].iov_base, IOB_DATA(iob->io_flink));
  assert_int_equal(iov[2].iov_len, 100);
  iob_free_chain(iob);
}

static void free_in_interrupt(void *arg)
{
  iob_free_chain(arg);
}

static void views_are_freed_from_an_interrupt(void **state)
{
  struct iob_s *iob = fixture_packet(64, 1000);
  struct iob_s *view = iob_share(iob, 0, 1000);

  (void)state;
  host_interrupt(free_in_interrupt, view);
  assert_true(iob_writable(iob));
  view = iob_share(iob, 0, 1000);
  iob_free(iob);
  fixture_verify(view, 0, 1000);
  host_interrupt(free_in_interrupt, view);
}

static void the_text_begins_with_the_columns_of_nuttx(void **state)
{
  char text[4096];
  char cut[20];
  int ntotal;
  int nfree;
  int nwait;
  int nthrottle;
  int len = iob_infotext(text, sizeof(text));

  (void)state;
  assert_true(len > 0 && len < (int)sizeof(text));
  assert_int_equal(strlen(text), len);
  assert_int_equal(sscanf(text, " ntotal nfree nwait nthrottle %d %d %d %d",
                          &ntotal, &nfree, &nwait, &nthrottle), 4);
  assert_int_equal(ntotal, g_before.stats.ntotal);
  assert_int_equal(nfree, g_before.stats.nfree);
  assert_int_equal(nthrottle, g_before.stats.nthrottle);
  assert_non_null(strstr(text, "\nhighwater "));
  assert_non_null(strstr(text, "\nfail_frag "));
  assert_int_equal(iob_infotext(cut, sizeof(cut)), len);
  assert_int_equal(strlen(cut), sizeof(cut) - 1);
  assert_int_equal(iob_infotext(NULL, 0), len);
}

static const struct CMUnitTest g_tests[] =
{
  FIXTURE_TEST(sharing_takes_no_memory_and_no_copy),
  FIXTURE_TEST(sharing_a_second_time_costs_one_view),
  FIXTURE_TEST(sharing_a_small_part_keeps_the_whole_extent),
  FIXTURE_TEST(sharing_sees_what_the_owner_wrote_before),
  FIXTURE_TEST(sharing_leaves_neither_of_them_writable),
  FIXTURE_TEST(nothing_and_too_much_is_not_shared),
  FIXTURE_TEST(every_part_of_a_chain_can_be_shared),
  FIXTURE_TEST(sharing_without_views_fails_and_is_counted),
  FIXTURE_TEST(sharing_from_the_start_moves_the_headroom),
  FIXTURE_TEST(a_share_of_the_middle_leaves_the_headroom),
  FIXTURE_TEST(sharing_leaves_the_tailroom_with_the_queue),
  FIXTURE_TEST(sharing_ends_and_the_window_is_whole_again),
  FIXTURE_TEST(sharing_first_goes_and_the_other_has_all),
  FIXTURE_TEST(sharing_what_is_pulled_is_nobodys_headroom),
  FIXTURE_TEST(sharing_what_is_trimmed_is_nobodys_tailroom),
  FIXTURE_TEST(sharing_writers_copy_and_are_counted),
  FIXTURE_TEST(sharing_unshare_keeps_the_descriptor_and_headroom),
  FIXTURE_TEST(sharing_unshare_keeps_what_is_in_the_headroom),
  FIXTURE_TEST(sharing_unshare_without_memory_changes_nothing),
  FIXTURE_TEST(push_and_pull_on_a_private_packet),
  FIXTURE_TEST(linearize_copies_only_a_chain),
  FIXTURE_TEST(a_scatter_gather_list_is_never_cut),
  FIXTURE_TEST(views_are_freed_from_an_interrupt),
  FIXTURE_TEST(the_text_begins_with_the_columns_of_nuttx),
};

int main(void)
{
  return cmocka_run_group_tests(g_tests, NULL, NULL);
}
