/* tests/host/iob/test_extern.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Data that lies outside of the arena.  Goal: the owner of such memory is
 * told once, when nobody views it any more and never before, and nobody
 * writes it who may not.  Method: callbacks are counted with the address
 * they got; views are made, copied and freed in every order, from interrupts
 * too; constant data lies in pages that can not be written, so that a writer
 * would be killed; where it can be written, every byte is compared.
 */

#include "iob_fixture.h"

#include <errno.h>
#include <sys/mman.h>

#define SIZE    1000
#define ROSIZE  2000

/* Memory that is given, with a margin that nobody may touch */

#define MARGIN  64

static uint8_t g_memory[MARGIN + SIZE + MARGIN] aligned_data(16);
static uint8_t *const g_data = g_memory + MARGIN;
static uint8_t g_bytes[8000];

static unsigned int g_ncalls;
static void *g_called[64];

static void told(void *data)
{
  if (g_ncalls < nitems(g_called))
    {
      g_called[g_ncalls] = data;
    }

  g_ncalls++;
}

static int setup(void **state)
{
  unsigned int i;

  fixture_setup(state);
  g_ncalls = 0;
  memset(g_memory, 0xab, sizeof(g_memory));
  for (i = 0; i < SIZE; i++)
    {
      g_data[i] = fixture_byte(i);
    }

  for (i = 0; i < sizeof(g_bytes); i++)
    {
      g_bytes[i] = (uint8_t)~fixture_byte(i);
    }

  return 0;
}

static int teardown(void **state)
{
  unsigned int i;

  for (i = 0; i < MARGIN; i++)
    {
      assert_int_equal(g_memory[i], 0xab);
      assert_int_equal(g_memory[MARGIN + SIZE + i], 0xab);
    }

  return fixture_teardown(state);
}

/* The callback ran once, with this address; forget it */

static void told_once(const void *data)
{
  assert_int_equal(g_ncalls, 1);
  assert_ptr_equal(g_called[0], data);
  g_ncalls = 0;
}

static void told_nothing(void)
{
  assert_int_equal(g_ncalls, 0);
  assert_int_equal(iob_check(), 0);
}

static void data_unchanged(void)
{
  unsigned int i;

  for (i = 0; i < SIZE; i++)
    {
      assert_int_equal(g_data[i], fixture_byte(i));
    }
}

/* A packet on all of the outside data */

static struct iob_s *outside(void)
{
  struct iob_s *iob = iob_alloc_with_data(g_data, SIZE, told);

  assert_non_null(iob);
  iob->io_len    = SIZE;
  iob->io_pktlen = SIZE;
  return iob;
}

static void free_isr(void *arg)
{
  iob_free_chain(arg);
}

/* Free the views of an array in a random order */

static void free_shuffled(struct iob_s **view, unsigned int n,
                          unsigned int *seed, bool isr)
{
  for (; n > 0; n--)
    {
      unsigned int i = fixture_random(seed) % n;

      told_nothing();
      if (isr)
        {
          assert_true(host_interrupt(free_isr, view[i]));
        }
      else
        {
          assert_null(iob_free(view[i]));
        }

      view[i] = view[n - 1];
    }
}

/* iob_alloc_with_data() */

/* Goal: an iob on outside memory is empty, has all of the memory, and costs
 * no arena.  Method: fields and counts; smallest and largest size.
 */

static void outside_data_takes_no_arena(void **state)
{
  static const uint16_t size[] =
  {
    1, 2, 63, SIZE, UINT16_MAX
  };

  struct iob_info_s info;
  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(size); i++)
    {
      struct iob_s *iob = iob_alloc_with_data(g_data, size[i], told);

      assert_non_null(iob);
      assert_ptr_equal(iob->io_data, g_data);
      assert_int_equal(IOB_BUFSIZE(iob), size[i]);
      assert_int_equal(iob->io_len, 0);
      assert_int_equal(iob->io_offset, 0);
      assert_int_equal(iob->io_pktlen, 0);
      assert_null(iob->io_flink);
      assert_true(iob_writable(iob));
      iob_getinfo(&info);
      assert_int_equal(info.used, 0);
      told_nothing();

      assert_null(iob_free(iob));
      told_once(g_data);
    }

  data_unchanged();
}

/* Goal: the callback runs once, with the last view.  Method: two to ten
 * views on parts, freed in random orders, by a task or by interrupts.
 */

static void last_view_tells_once_in_every_order(void **state)
{
  struct iob_s *view[10];
  unsigned int seed = 1;
  unsigned int round;

  (void)state;
  for (round = 0; round < 200; round++)
    {
      unsigned int n = 2 + round % 9;
      unsigned int i;

      view[0] = outside();
      for (i = 1; i < n; i++)
        {
          struct iob_s *from = view[fixture_random(&seed) % i];
          unsigned int at = fixture_random(&seed) % from->io_len;

          view[i] = iob_share(from, at, from->io_len - at);
          assert_non_null(view[i]);
        }

      free_shuffled(view, n, &seed, round % 2 != 0);
      told_once(g_data);
    }

  data_unchanged();
}

/* Goal: an interrupt that is held back tells when it runs.  Method: the last
 * free is raised while interrupts are masked.
 */

static void last_free_in_a_late_interrupt_tells_then(void **state)
{
  struct iob_s *iob = outside();
  struct iob_s *view = iob_share(iob, 0, 10);
  irqstate_t flags = up_irq_save();

  (void)state;
  assert_false(host_interrupt(free_isr, view));
  assert_false(host_interrupt(free_isr, iob));
  assert_int_equal(g_ncalls, 0);
  up_irq_restore(flags);
  told_once(g_data);
}

static bool g_masked;
static int g_nested;

static void told_and_look(void *data)
{
  struct iob_s *iob;

  g_masked = host_irq_masked();
  told(data);

  /* Other I/O buffers may be used here, so nothing can be locked */

  iob = iob_tryalloc(false);
  g_nested = iob != NULL && iob_navail(false) >= 0;
  iob_free_chain(iob);
}

/* Goal: the callback runs without the lock and with interrupts as the caller
 * had them.  Method: it looks, and uses other buffers.
 */

static void callback_runs_without_the_lock(void **state)
{
  struct iob_s *iob = iob_alloc_with_data(g_data, SIZE, told_and_look);

  (void)state;
  g_masked = true;
  g_nested = 0;
  iob_free(iob);
  told_once(g_data);
  assert_false(g_masked);
  assert_int_equal(g_nested, 1);
}

/* Goal: the same memory may be given again, and different memories keep
 * their own callbacks apart.  Method: several at once, in one chain.
 */

static void chain_of_outside_data_tells_for_each(void **state)
{
  struct iob_s *iob = NULL;
  unsigned int i;

  (void)state;
  for (i = 0; i < 10; i++)
    {
      struct iob_s *part = iob_alloc_with_data(g_data + 100 * i, 100, told);

      part->io_len    = 100;
      part->io_pktlen = 100;
      if (iob == NULL)
        {
          iob = part;
        }
      else
        {
          iob_concat(iob, part);
        }
    }

  fixture_verify(iob, 0, SIZE);
  iob = iob_trimhead(iob, 250);
  assert_int_equal(g_ncalls, 2);
  iob = iob_trimtail(iob, 150);
  assert_int_equal(g_ncalls, 3);
  fixture_verify(iob, 250, 600);
  iob_free_chain(iob);
  assert_int_equal(g_ncalls, 10);
  for (i = 0; i < 10; i++)
    {
      assert_true((uint8_t *)g_called[i] >= g_data);
      assert_int_equal(((uint8_t *)g_called[i] - g_data) % 100, 0);
    }

  data_unchanged();
}

/* Goal: copy-on-write leaves the outside bytes alone, and gives up the view
 * on them.  Method: the writer is the source, or the view; the other one
 * still sees the old bytes, and its end tells.
 */

static void copy_on_write_leaves_outside_bytes_alone(void **state)
{
  unsigned int which;

  (void)state;
  for (which = 0; which < 2; which++)
    {
      struct iob_s *iob = outside();
      struct iob_s *view = iob_share(iob, 0, SIZE);
      struct iob_s *writer = which == 0 ? iob : view;
      struct iob_s *other = which == 0 ? view : iob;

      assert_int_equal(iob_copyin(writer, g_bytes, SIZE, 0, false), SIZE);
      assert_true(writer->io_data < g_memory ||
                  writer->io_data >= g_memory + sizeof(g_memory));
      data_unchanged();
      fixture_verify(other, 0, SIZE);
      assert_memory_equal(IOB_DATA(writer), g_bytes, SIZE);
      told_nothing();

      /* The other one is alone now, and the memory may be written */

      assert_true(iob_writable(other));
      assert_int_equal(iob_unshare(other), OK);
      assert_ptr_equal(IOB_DATA(other), g_data);
      iob_free(writer);
      told_nothing();
      iob_free(other);
      told_once(g_data);
    }
}

/* Goal: a view that was copied lets go of the memory, and its end is told to
 * nobody.  Method: one of two views is copied; the end of the other tells.
 */

static void copy_tells_nobody_again(void **state)
{
  struct iob_s *iob = outside();
  struct iob_s *view = iob_share(iob, 0, SIZE);

  (void)state;
  assert_int_equal(iob_unshare(iob), OK);
  iob_free(view);
  told_once(g_data);
  fixture_verify(iob, 0, SIZE);
  iob_free(iob);
  told_nothing();
}

/* Goal: a failed copy changes nothing.  Method: the arena is taken. */

static void copy_without_memory_leaves_the_view(void **state)
{
  struct iob_s *iob = outside();
  struct iob_s *view = iob_share(iob, 0, SIZE);
  struct iob_s *hoard = NULL;
  struct iob_s *more;

  (void)state;
  while ((more = iob_tryalloc(false)) != NULL)
    {
      more->io_flink = hoard;
      hoard          = more;
    }

  assert_int_equal(iob_unshare(view), -ENOMEM);
  assert_int_equal(iob_trycopyin(view, g_bytes, 1, 0, false), -ENOMEM);
  assert_null(iob_linearize(view, 1, IOB_CLASS_TX));
  fixture_verify(view, 0, SIZE);
  data_unchanged();
  iob_free_chain(hoard);
  told_nothing();
  iob_free(iob);
  told_nothing();
  iob_free(view);
  told_once(g_data);
}

/* Goal: outside memory can not be given to the arena nor take from it. */

static void outside_extent_does_not_grow_or_shrink(void **state)
{
  struct iob_s *iob = iob_alloc_with_data(g_data, SIZE, told);

  (void)state;
  iob->io_len    = 10;
  iob->io_pktlen = 10;
  assert_int_equal(iob_shrink(iob), -EINVAL);
  assert_int_equal(iob_grow(iob, SIZE), -EINVAL);
  assert_int_equal(IOB_BUFSIZE(iob), SIZE);
  told_nothing();
  iob_free(iob);
  told_once(g_data);
  data_unchanged();
}

/* Goal: without views there is no iob, and nothing is left behind.  Method:
 * views are taken until one is left, or none; both need two.
 */

static void exhausted_views_give_null(void **state)
{
  struct iob_s *iob = fixture_packet(0, 100);
  struct iob_s *first = iob_share(iob, 0, 1);
  struct iob_s *hoard = NULL;
  struct iob_info_s before;
  struct iob_info_s after;
  struct iob_s *view;
  unsigned int spare;

  (void)state;
  while ((view = iob_share(iob, 0, 1)) != NULL)
    {
      view->io_flink = hoard;
      hoard          = view;
    }

  for (spare = 0; spare < 2; spare++)
    {
      iob_getinfo(&before);
      assert_null(iob_alloc_with_data(g_data, SIZE, told));
      assert_null(iob_alloc_rodata(g_data, SIZE, told));
      iob_getinfo(&after);
      assert_int_equal(after.views_used, before.views_used);
      assert_true(after.fail_views > before.fail_views);
      told_nothing();

      if (spare == 0)
        {
          hoard = iob_free(hoard);
        }
    }

  /* With two it works, and works without any for what is embedded */

  hoard = iob_free(hoard);
  view  = iob_alloc_with_data(g_data, SIZE, told);
  assert_non_null(view);
  assert_null(iob_share(iob, 0, 1));
  iob_free(view);
  told_once(g_data);

  iob_free_chain(hoard);
  iob_free(first);
  iob_free(iob);
  data_unchanged();
}

/* Constant data */

/* Pages that can not be written, full of fixture_byte() */

static uint8_t *make_constant(void)
{
  uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned int i;

  assert_true(page != MAP_FAILED);
  for (i = 0; i < 4096; i++)
    {
      page[i] = fixture_byte(i);
    }

  assert_int_equal(mprotect(page, 4096, PROT_READ), 0);
  return page;
}

typedef struct iob_s *(*writer_t)(struct iob_s *iob);

static struct iob_s *write_copyin(struct iob_s *iob)
{
  unsigned int len = iob->io_pktlen;

  assert_int_equal(iob_copyin(iob, g_bytes, 1, -1, false), -ENOSPC);
  assert_int_equal(iob_copyin(iob, g_bytes, len, 0, false), len);
  assert_int_equal(iob_copyin(iob, g_bytes, 200, len, false), 200);
  return iob;
}

static struct iob_s *write_trycopyin(struct iob_s *iob)
{
  assert_int_equal(iob_trycopyin(iob, g_bytes, 5, iob->io_pktlen - 1,
                                 false), 5);
  assert_int_equal(iob_trycopyin(iob, g_bytes, 0, 0, false), 0);
  return iob;
}

static struct iob_s *write_append(struct iob_s *iob)
{
  assert_int_equal(iob_trycopyin(iob, g_bytes, 300, iob->io_pktlen, false),
                   300);
  return iob;
}

static struct iob_s *write_pack(struct iob_s *iob)
{
  iob_concat(iob, fixture_packet(10, 50));
  return iob_pack(iob);
}

static struct iob_s *write_pack_behind(struct iob_s *iob)
{
  struct iob_s *head = fixture_packet(10, 50);

  iob_update_pktlen(head, 20, false);
  iob_concat(head, iob);
  return iob_pack(head);
}

static struct iob_s *write_contig(struct iob_s *iob)
{
  unsigned int len = iob->io_pktlen;

  iob_concat(iob, fixture_packet(0, 100));
  assert_int_equal(iob_contig(iob, len + 1), OK);
  assert_int_equal(iob_contig(iob, len + 101), -EINVAL);
  assert_int_equal(iob_contig(iob, len + 100), OK);
  return iob;
}

static struct iob_s *write_contig_behind(struct iob_s *iob)
{
  struct iob_s *head = fixture_packet(0, 50);

  iob_concat(head, iob);
  assert_int_equal(iob_contig(head, 60), OK);
  return head;
}

static struct iob_s *write_clone(struct iob_s *iob)
{
  struct iob_s *source = fixture_packet(0, 150);

  assert_int_equal(iob_clone_partial(source, 151, 0, iob, 0, false, false),
                   -EINVAL);
  assert_int_equal(iob_clone_partial(source, 150, 0, iob, 20, false, false),
                   OK);
  assert_int_equal(iob->io_pktlen, 170);
  assert_int_equal(iob_clone_partial(source, 1, 149, iob, 0, false, false),
                   OK);
  iob_free(source);
  return iob;
}

static struct iob_s *write_update(struct iob_s *iob)
{
  unsigned int len = iob->io_pktlen;

  assert_int_equal(iob_update_pktlen(iob, len - 7, false), len - 7);
  assert_int_equal(iob_update_pktlen(iob, len, false), len);
  memset(IOB_DATA(iob->io_flink != NULL ? iob->io_flink : iob), 0,
         iob->io_flink != NULL ? 7 : 0);
  assert_int_equal(iob_update_pktlen(iob, len + 100, false), len + 100);
  assert_int_equal(iob_update_pktlen(iob, 0, false), 0);
  assert_int_equal(iob_update_pktlen(iob, 10, false), 10);
  memset(IOB_DATA(iob), 0, iob->io_len);
  return iob;
}

static struct iob_s *write_trimhead(struct iob_s *iob)
{
  iob = iob_trimhead(iob, 11);
  assert_int_equal(iob_push(iob, 1), -ENOSPC);
  assert_int_equal(iob_copyin(iob, g_bytes, 1, -1, false), -ENOSPC);
  iob = iob_trimhead(iob, UINT16_MAX);
  assert_int_equal(iob->io_pktlen, 0);
  assert_int_equal(iob_copyin(iob, g_bytes, 10, 0, false), 10);
  return iob;
}

static struct iob_s *write_trimtail(struct iob_s *iob)
{
  iob = iob_trimtail(iob, 11);
  assert_int_equal(iob_tailroom(iob), 0);
  assert_int_equal(iob_copyin(iob, g_bytes, 11, iob->io_pktlen, false), 11);
  return iob;
}

static struct iob_s *write_push(struct iob_s *iob)
{
  assert_int_equal(iob_push(iob, 1), -ENOSPC);
  assert_int_equal(iob_pull(iob, 30), OK);
  assert_int_equal(iob_push(iob, 1), -ENOSPC);
  assert_int_equal(iob_push(iob, UINT16_MAX), -ENOSPC);
  assert_int_equal(iob_pull(iob, iob->io_len + 1), -EINVAL);
  return iob;
}

static struct iob_s *write_unshare(struct iob_s *iob)
{
  assert_false(iob_writable(iob));
  assert_int_equal(iob_unshare(iob), OK);
  assert_true(iob_writable(iob));
  memset(IOB_DATA(iob), 0, iob->io_len);
  return iob;
}

static struct iob_s *write_linearize(struct iob_s *iob)
{
  unsigned int len = iob->io_pktlen;

  iob = iob_linearize(iob, 40, IOB_CLASS_TX);
  assert_non_null(iob);
  fixture_verify(iob, 0, len);
  assert_int_equal(iob_push(iob, 40), OK);
  memset(IOB_DATA(iob), 0, iob->io_len);
  return iob;
}

static struct iob_s *write_reserve(struct iob_s *iob)
{
  iob = iob_trimhead(iob, iob->io_pktlen);
  assert_int_equal(iob->io_len, 0);
  assert_int_equal(iob_unshare(iob), OK);
  iob_reserve(iob, 10);
  assert_int_equal(iob_copyin(iob, g_bytes, 10, -10, false), 10);
  return iob;
}

static struct iob_s *write_share(struct iob_s *iob)
{
  struct iob_s *view = iob_share(iob, 5, 50);

  assert_false(iob_writable(view));
  assert_int_equal(iob_push(view, 1), -ENOSPC);
  iob_free(iob);

  /* The only view left: but the data is still constant */

  assert_false(iob_writable(view));
  assert_int_equal(iob_push(view, 1), -ENOSPC);
  fixture_verify(view, 5, 50);
  return view;
}

static const writer_t g_writer[] =
{
  write_copyin, write_trycopyin, write_append, write_pack,
  write_pack_behind, write_contig, write_contig_behind, write_clone,
  write_update, write_trimhead, write_trimtail, write_push, write_unshare,
  write_linearize, write_reserve, write_share
};

/* Goal: every writer copies constant data, or is refused.  Method: the data
 * lies in read-only pages, viewed once or twice, short or longer than a
 * buffer; who writes is killed.  The owner is told once.
 */

static void constant_data_survives_every_writer(void **state)
{
  static const uint16_t size[] =
  {
    100, 196, 197, 1460, ROSIZE
  };

  uint8_t *page = make_constant();
  unsigned int i;
  unsigned int k;

  (void)state;
  for (i = 0; i < nitems(g_writer) * 2; i++)
    {
      for (k = 0; k < nitems(size); k++)
        {
          struct iob_s *iob = iob_alloc_rodata(page, size[k], told);
          struct iob_s *view = NULL;

          assert_non_null(iob);
          fixture_verify(iob, 0, size[k]);
          if (i % 2 != 0)
            {
              view = iob_share(iob, 0, size[k]);
            }

          iob = g_writer[i / 2](iob);
          assert_int_equal(iob_check_chain(iob), 0);
          assert_int_equal(iob_check(), 0);

          if (view != NULL)
            {
              assert_int_equal(g_ncalls, 0);
              fixture_verify(view, 0, size[k]);
            }

          iob_free_chain(iob);
          if (view != NULL)
            {
              told_nothing();
              iob_free(view);
            }

          told_once(page);
        }
    }

  munmap(page, 4096);
}

/* Goal: the same writers on shared memory that could be written leave it
 * alone as well.  Method: another view compares every byte.
 */

static void shared_data_survives_every_writer(void **state)
{
  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(g_writer); i++)
    {
      struct iob_s *iob;
      struct iob_s *view;

      if (g_writer[i] == write_share)
        {
          continue;
        }

      iob  = outside();
      view = iob_share(iob, 0, SIZE);
      view = g_writer[i](view);
      assert_int_equal(iob_check_chain(view), 0);
      fixture_verify(iob, 0, SIZE);
      data_unchanged();
      told_nothing();
      iob_free_chain(view);
      told_nothing();
      iob_free(iob);
      told_once(g_data);
    }
}

/* Goal: constant data needs no callback.  Method: NULL; all kinds of end. */

static void constant_data_without_a_callback(void **state)
{
  static const uint8_t text[] = "constant";
  struct iob_s *iob = iob_alloc_rodata(text, sizeof(text), NULL);
  struct iob_s *view = iob_share(iob, 0, sizeof(text));

  (void)state;
  assert_int_equal(iob->io_len, sizeof(text));
  assert_int_equal(iob->io_pktlen, sizeof(text));
  assert_int_equal(iob_tailroom(iob), 0);
  assert_int_equal(iob_unshare(iob), OK);
  assert_int_equal(iob_defer(&(struct iob_defer_s)
                   {
                     NULL, NULL
                   }, view), -EINVAL);
  iob_free(iob);
  iob_free(view);
  told_nothing();
  assert_string_equal((const char *)text, "constant");
}

/* iob_init_with_data() */

static uint8_t g_block[2048] aligned_data(16);

static struct iob_s *embedded(void)
{
  struct iob_s *iob = iob_init_with_data(g_block, sizeof(g_block), told);
  unsigned int i;

  assert_ptr_equal(iob, g_block);
  assert_true(IOB_BUFSIZE(iob) >= SIZE);
  iob->io_offset = 100;
  for (i = 0; i < SIZE; i++)
    {
      IOB_DATA(iob)[i] = fixture_byte(i);
    }

  iob->io_len    = SIZE;
  iob->io_pktlen = SIZE;
  return iob;
}

/* Goal: what can not be an iob is refused, and not a byte written.  Method:
 * NULL, every misalignment, every size that is too small.
 */

static void bad_memory_is_refused(void **state)
{
  unsigned int least = 0;
  unsigned int i;

  (void)state;
  memset(g_block, 0x33, sizeof(g_block));
  assert_null(iob_init_with_data(NULL, sizeof(g_block), told));
  for (i = 1; i < sizeof(void *); i++)
    {
      assert_null(iob_init_with_data(g_block + i, 1024, told));
    }

  while (iob_init_with_data(g_block, least, told) == NULL)
    {
      for (i = 0; i < sizeof(g_block); i++)
        {
          assert_int_equal(g_block[i], 0x33);
        }

      least++;
    }

  /* The smallest one holds a single byte, inside of the memory */

  assert_true(least > sizeof(struct iob_s));
  assert_int_equal(IOB_BUFSIZE((struct iob_s *)g_block), 1);
  assert_ptr_equal(((struct iob_s *)g_block)->io_data, g_block + least - 1);
  assert_int_equal(g_block[least], 0x33);
  told_nothing();
  iob_free((struct iob_s *)g_block);
  told_once(g_block);
}

/* Goal: the end of the data is the end of the memory, and the data is
 * aligned.
 */

static void embedded_data_fills_the_memory(void **state)
{
  unsigned int size;

  (void)state;
  for (size = 512; size < 600; size++)
    {
      struct iob_s *iob = iob_init_with_data(g_block, size, told);
      struct iob_info_s info;

      assert_non_null(iob);
      assert_ptr_equal(iob->io_data + IOB_BUFSIZE(iob), g_block + size);
      assert_int_equal((uintptr_t)iob->io_data % CONFIG_IOB_ALIGNMENT, 0);
      assert_int_equal(iob->io_len, 0);
      assert_int_equal(iob->io_pktlen, 0);
      iob_getinfo(&info);
      assert_int_equal(info.views_used, 0);
      assert_int_equal(info.used, 0);
      iob_free(iob);
      told_once(g_block);
    }
}

/* Goal: it works when the pool is empty, as it needs nothing of it. */

static void embedded_iob_needs_no_pool(void **state)
{
  struct iob_s *hoard = fixture_packet(0, 100);
  struct iob_s *other = iob_share(hoard, 0, 1);
  struct iob_s *view;
  struct iob_s *iob;

  (void)state;
  while ((view = iob_share(other, 0, 1)) != NULL)
    {
      view->io_flink = hoard;
      hoard          = view;
    }

  iob = embedded();
  assert_null(iob_share(iob, 0, 1));
  fixture_verify(iob, 0, SIZE);
  told_nothing();
  iob_free(iob);
  told_once(g_block);
  iob_free_chain(hoard);
  iob_free(other);
}

/* Goal: the memory stays as long as the descriptor in it, or any view of
 * the data.  Method: views in random order, tasks and interrupts.
 */

static void embedded_memory_is_held_by_all(void **state)
{
  struct iob_s *view[8];
  unsigned int seed = 7;
  unsigned int round;

  (void)state;
  for (round = 0; round < 200; round++)
    {
      unsigned int n = 1 + round % 8;
      unsigned int i;

      view[0] = embedded();
      for (i = 1; i < n; i++)
        {
          view[i] = iob_share(view[fixture_random(&seed) % i], 0, SIZE - i);
          assert_non_null(view[i]);
        }

      free_shuffled(view, n, &seed, round % 2 != 0);
      told_once(g_block);
    }
}

/* Goal: an embedded descriptor that was copied-on-write holds its memory
 * although it views another, while others view that.  Method: the views and
 * the descriptor go in both orders; the descriptor is shared and copied
 * again before.
 */

static void embedded_copy_on_write_keeps_the_memory(void **state)
{
  unsigned int order;

  (void)state;
  for (order = 0; order < 4; order++)
    {
      struct iob_s *iob = embedded();
      struct iob_s *view = iob_share(iob, 0, SIZE);
      struct iob_s *again = NULL;

      assert_int_equal(iob_copyin(iob, g_bytes, SIZE, 0, false), SIZE);
      assert_true(iob->io_data < g_block ||
                  iob->io_data >= g_block + sizeof(g_block));
      fixture_verify(view, 0, SIZE);
      told_nothing();

      if (order >= 2)
        {
          again = iob_share(iob, 0, SIZE);
          assert_int_equal(iob_copyin(iob, g_bytes + 1, SIZE, 0, false),
                           SIZE);
          assert_memory_equal(IOB_DATA(again), g_bytes, SIZE);
          assert_memory_equal(IOB_DATA(iob), g_bytes + 1, SIZE);
          told_nothing();
        }

      if (order % 2 == 0)
        {
          iob_free(view);
          told_nothing();
          assert_memory_equal(IOB_DATA(iob), g_bytes + order / 2, SIZE);
          iob_free(iob);
        }
      else
        {
          iob_free(iob);
          told_nothing();
          fixture_verify(view, 0, SIZE);
          iob_free(view);
        }

      told_once(g_block);
      if (again != NULL)
        {
          assert_memory_equal(IOB_DATA(again), g_bytes, SIZE);
          iob_free(again);
          told_nothing();
        }
    }
}

/* Goal: the last free of copied, embedded memory in an interrupt tells
 * there, once.
 */

static void embedded_copy_is_freed_in_an_interrupt(void **state)
{
  struct iob_s *iob = embedded();
  struct iob_s *view = iob_share(iob, 10, 100);

  (void)state;
  assert_int_equal(iob_unshare(iob), OK);
  assert_true(host_interrupt(free_isr, iob));
  told_nothing();
  assert_true(host_interrupt(free_isr, view));
  told_once(g_block);
}

/* Goal: an embedded iob goes through chains as any other.  Method: concat,
 * trim, contig, queue of other memory around it.
 */

static void embedded_iob_in_a_chain(void **state)
{
  struct iob_s *head = fixture_packet(0, 50);
  struct iob_s *iob = embedded();

  (void)state;
  iob_concat(head, iob);
  iob_concat(head, fixture_packet(0, 60));
  assert_int_equal(iob_check_chain(head), 0);
  assert_int_equal(iob_contig(head, 200), OK);
  told_nothing();
  head = iob_trimhead(head, 50 + SIZE);
  told_once(g_block);
  fixture_verify(head, 0, 60);
  iob_free_chain(head);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    TEST(outside_data_takes_no_arena),
    TEST(last_view_tells_once_in_every_order),
    TEST(last_free_in_a_late_interrupt_tells_then),
    TEST(callback_runs_without_the_lock),
    TEST(chain_of_outside_data_tells_for_each),
    TEST(copy_on_write_leaves_outside_bytes_alone),
    TEST(copy_tells_nobody_again),
    TEST(copy_without_memory_leaves_the_view),
    TEST(outside_extent_does_not_grow_or_shrink),
    TEST(exhausted_views_give_null),
    TEST(constant_data_survives_every_writer),
    TEST(shared_data_survives_every_writer),
    TEST(constant_data_without_a_callback),
    TEST(bad_memory_is_refused),
    TEST(embedded_data_fills_the_memory),
    TEST(embedded_iob_needs_no_pool),
    TEST(embedded_memory_is_held_by_all),
    TEST(embedded_copy_on_write_keeps_the_memory),
    TEST(embedded_copy_is_freed_in_an_interrupt),
    TEST(embedded_iob_in_a_chain),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
