/* tests/host/iob/test_defer.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Being told when a view goes, and what TCP needs it for.  Goal: a request
 * of iob_defer() is kicked exactly once, when any other view of the extent
 * goes, and never after it was taken back; and no resend, acknowledgement or
 * abort changes one byte of a frame that a driver still holds.  Method: the
 * transmit path is played with a queue's iob of payload behind head-room and
 * a driver that keeps views and a checksum of what it was given; it frees
 * from tasks and from interrupts.
 */

#include "iob_fixture.h"

#include <errno.h>

#define HEADER  54               /* Ethernet, IPv4 and TCP */
#define SEGMENT 1000

/* What the driver holds */

struct frame_s
{
  struct iob_s *iob;
  uint32_t sum;
};

/* A request that counts its kicks, and what it finds then */

struct request_s
{
  struct iob_defer_s defer;
  unsigned int nkicks;
  struct iob_s *queue;           /* Pushed by the kick if not NULL */
  int pushed;
};

static struct request_s g_request;

static void kick(struct iob_defer_s *defer)
{
  struct request_s *request;

  request = container_of(defer, struct request_s, defer);
  request->nkicks++;
  assert_ptr_equal(request, &g_request);

  if (request->queue != NULL)
    {
      request->pushed = iob_push(request->queue, HEADER);
    }
}

static int setup(void **state)
{
  fixture_setup(state);
  memset(&g_request, 0, sizeof(g_request));
  g_request.defer.df_kick = kick;
  return 0;
}

static void kicked(unsigned int times)
{
  assert_int_equal(g_request.nkicks, times);
  assert_int_equal(iob_check(), 0);
}

static uint32_t checksum(const struct iob_s *iob)
{
  uint32_t sum = 1;

  for (; iob != NULL; iob = iob->io_flink)
    {
      unsigned int i;

      for (i = 0; i < iob->io_len; i++)
        {
          sum = (sum ^ IOB_DATA(iob)[i]) * 16777619u;
        }
    }

  return sum;
}

/* The driver takes a frame, and looks at it once more when it is done */

static struct frame_s hold(struct iob_s *iob)
{
  struct frame_s frame;

  assert_int_equal(iob_check_chain(iob), 0);
  frame.iob = iob;
  frame.sum = checksum(iob);
  return frame;
}

static void untouched(const struct frame_s *frame)
{
  assert_int_equal(checksum(frame->iob), frame->sum);
  assert_int_equal(iob_check_chain(frame->iob), 0);
}

static void done(struct frame_s *frame)
{
  untouched(frame);
  iob_free_chain(frame->iob);
  frame->iob = NULL;
}

static void done_isr(void *arg)
{
  done(arg);
}

/* A header in front of a packet, which must work in place */

static void push_header(struct iob_s *iob, uint8_t fill)
{
  uint8_t *data = IOB_DATA(iob);

  assert_int_equal(iob_push(iob, HEADER), OK);
  assert_ptr_equal(IOB_DATA(iob), data - HEADER);
  memset(IOB_DATA(iob), fill, HEADER);
}

/* The first transmission: the driver's view, with headers pushed in place */

static struct frame_s transmit(struct iob_s *queue, uint8_t fill)
{
  unsigned int len = queue->io_pktlen;
  struct iob_s *iob = iob_share(queue, 0, len);

  assert_non_null(iob);
  assert_ptr_equal(IOB_DATA(iob), IOB_DATA(queue));
  push_header(iob, fill);
  assert_int_equal(iob->io_pktlen, len + HEADER);
  assert_int_equal(iob->io_len, len + HEADER);
  return hold(iob);
}

static unsigned int copies(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info.ncopy + info.nbounce;
}

/* The requests themselves */

/* Goal: there is nothing to wait for while nobody else views the extent.
 * Method: never shared; shared once, the other one gone, either way round;
 * outside data; and a request without a callback.
 */

static void nothing_to_wait_for(void **state)
{
  static uint8_t data[100];
  struct iob_defer_s empty =
    {
      NULL, NULL
    };

  struct iob_s *iob = fixture_packet(HEADER, SEGMENT);
  struct iob_s *view;
  struct iob_s *rodata = iob_alloc_rodata(data, 100, NULL);

  (void)state;
  assert_int_equal(iob_defer(&empty, iob), -EINVAL);
  assert_int_equal(iob_defer(&g_request.defer, iob), -EAGAIN);
  assert_int_equal(iob_undefer(&g_request.defer), -ENOENT);
  assert_int_equal(iob_defer(&g_request.defer, rodata), -EAGAIN);
  assert_int_equal(iob_undefer(&g_request.defer), -ENOENT);

  view = iob_share(iob, 0, SEGMENT);
  assert_int_equal(iob_defer(&empty, iob), -EINVAL);
  iob_free(view);
  assert_int_equal(iob_defer(&g_request.defer, iob), -EAGAIN);

  view = iob_share(iob, 0, SEGMENT);
  iob_free(iob);
  assert_int_equal(iob_defer(&g_request.defer, view), -EAGAIN);
  assert_int_equal(iob_undefer(&g_request.defer), -ENOENT);
  iob_free(view);
  iob_free(rodata);
  kicked(0);
}

/* Goal: one request hangs on an extent, and a refused one is not in place.
 * Method: a second one through each view; then the first is taken back.
 */

static void second_request_is_refused(void **state)
{
  struct request_s second;
  struct iob_s *iob = fixture_packet(0, SEGMENT);
  struct iob_s *view = iob_share(iob, 0, SEGMENT);

  (void)state;
  memset(&second, 0, sizeof(second));
  second.defer.df_kick = kick;

  assert_int_equal(iob_defer(&g_request.defer, iob), OK);
  assert_int_equal(iob_defer(&second.defer, iob), -EBUSY);
  assert_int_equal(iob_defer(&second.defer, view), -EBUSY);
  assert_int_equal(iob_undefer(&second.defer), -ENOENT);
  assert_int_equal(iob_undefer(&g_request.defer), OK);
  assert_int_equal(iob_undefer(&g_request.defer), -ENOENT);

  assert_int_equal(iob_defer(&second.defer, view), OK);
  assert_int_equal(iob_undefer(&second.defer), OK);
  iob_free(view);
  iob_free(iob);
  kicked(0);
  assert_int_equal(second.nkicks, 0);
}

static void free_isr(void *arg)
{
  iob_free_chain(arg);
}

/* Goal: any other view that goes kicks, once, and only the first.  Method:
 * four views; each of them goes first, by a task or by an interrupt.
 */

static void any_other_view_kicks_once(void **state)
{
  unsigned int round;
  unsigned int i;

  (void)state;
  for (round = 0; round < 8; round++)
    {
      struct iob_s *iob = fixture_packet(0, SEGMENT);
      unsigned int first = round / 2;
      struct iob_s *view[4];
      struct iob_info_s before;
      struct iob_info_s after;

      for (i = 0; i < 4; i++)
        {
          view[i] = iob_share(iob, i * 10, 100);
        }

      g_request.nkicks = 0;
      iob_getinfo(&before);
      assert_int_equal(iob_defer(&g_request.defer, iob), OK);
      kicked(0);

      if (round % 2 == 0)
        {
          iob_free(view[first]);
        }
      else
        {
          assert_true(host_interrupt(free_isr, view[first]));
        }

      kicked(1);
      assert_int_equal(iob_undefer(&g_request.defer), -ENOENT);
      for (i = 0; i < 4; i++)
        {
          if (i != first)
            {
              iob_free(view[i]);
            }
        }

      iob_free(iob);
      kicked(1);
      iob_getinfo(&after);
      assert_int_equal(after.ndefer, before.ndefer + 1);
      assert_int_equal(after.nkick, before.nkick + 1);
    }
}

/* Goal: what lets go of an extent without a free kicks as well.  Method: the
 * other view is copied, cut away, or linearised.
 */

static void view_that_is_replaced_kicks(void **state)
{
  unsigned int how;

  (void)state;
  for (how = 0; how < 4; how++)
    {
      struct iob_s *iob = fixture_packet(0, SEGMENT);
      struct iob_s *view = iob_share(iob, 0, SEGMENT);
      uint8_t byte = fixture_byte(3);

      g_request.nkicks = 0;
      assert_int_equal(iob_defer(&g_request.defer, iob), OK);
      switch (how)
        {
          case 0:
            assert_int_equal(iob_unshare(view), OK);
            break;

          case 1:
            assert_int_equal(iob_copyin(view, &byte, 1, 3, false), 1);
            break;

          case 2:
            view = iob_linearize(view, 10, IOB_CLASS_TX);
            assert_non_null(view);
            break;

          default:
            view = iob_trimtail(view, SEGMENT);
            assert_null(view);
            break;
        }

      kicked(1);
      assert_true(iob_writable(iob));
      iob_free_chain(view);
      fixture_verify(iob, 0, SEGMENT);
      iob_free(iob);
      kicked(1);
    }
}

/* Goal: a request that was taken back is silent, and can be made again. */

static void undeferred_request_is_not_kicked(void **state)
{
  struct iob_s *iob = fixture_packet(0, SEGMENT);
  struct iob_s *one = iob_share(iob, 0, SEGMENT);
  struct iob_s *two = iob_share(iob, 0, SEGMENT);

  (void)state;
  assert_int_equal(iob_defer(&g_request.defer, iob), OK);
  assert_int_equal(iob_undefer(&g_request.defer), OK);
  assert_int_equal(iob_undefer(&g_request.defer), -ENOENT);
  iob_free(one);
  kicked(0);

  assert_int_equal(iob_defer(&g_request.defer, iob), OK);
  iob_free(two);
  kicked(1);
  assert_int_equal(iob_undefer(&g_request.defer), -ENOENT);
  assert_int_equal(iob_defer(&g_request.defer, iob), -EAGAIN);
  iob_free(iob);
  kicked(1);
}

/* Goal: the memory of a request that was taken back is not touched when its
 * extent goes.  Method: it is overwritten, and the extent freed and reused.
 */

static void memory_of_a_request_may_go(void **state)
{
  struct request_s gone;
  struct iob_s *iob = fixture_packet(0, SEGMENT);
  struct iob_s *view = iob_share(iob, 0, SEGMENT);

  (void)state;
  memset(&gone, 0, sizeof(gone));
  gone.defer.df_kick = kick;
  assert_int_equal(iob_defer(&gone.defer, iob), OK);
  assert_int_equal(iob_undefer(&gone.defer), OK);
  memset(&gone, 0xee, sizeof(gone));

  iob_free(view);
  iob_free(iob);
  iob   = fixture_packet(0, SEGMENT);
  view  = iob_share(iob, 0, SEGMENT);
  iob_free(iob);
  iob_free(view);
  kicked(0);
  assert_int_equal(((uint8_t *)&gone)[0], 0xee);
}

/* Goal: who gives up its own view with its request in place leaves nothing
 * that would be used later.  Method: the requester frees first; a kick at
 * that moment is all that may come, and undefer agrees with it.
 */

static void free_by_the_requester_itself(void **state)
{
  struct iob_s *iob = fixture_packet(0, SEGMENT);
  struct iob_s *view = iob_share(iob, 0, SEGMENT);
  unsigned int kicks;

  (void)state;
  assert_int_equal(iob_defer(&g_request.defer, iob), OK);
  iob_free(iob);
  assert_int_equal(iob_check(), 0);
  kicks = g_request.nkicks;
  assert_true(kicks <= 1);
  assert_int_equal(iob_undefer(&g_request.defer),
                   kicks == 0 ? OK : -ENOENT);
  iob_free(view);
  kicked(kicks);
}

static struct iob_s *g_other;
static bool g_interrupted;

static void kick_and_defer(struct iob_defer_s *defer)
{
  g_request.nkicks++;

  /* The request is free to be used again, and nothing is locked; but it
   * may not go before this has returned.
   */

  assert_int_equal(host_irq_masked(), g_interrupted);
  assert_int_equal(iob_undefer(defer), -EINPROGRESS);
  if (g_request.nkicks < 3)
    {
      assert_int_equal(iob_defer(defer, g_other), OK);
    }
}

/* Goal: the kick may ask again, as long as there is somebody to wait for.
 * Method: three views go, one after the other.
 */

static void kick_may_ask_again(void **state)
{
  struct iob_s *view[4];
  unsigned int i;

  (void)state;
  g_other = fixture_packet(0, SEGMENT);
  for (i = 0; i < 4; i++)
    {
      view[i] = iob_share(g_other, 0, SEGMENT);
    }

  g_request.defer.df_kick = kick_and_defer;
  assert_int_equal(iob_defer(&g_request.defer, g_other), OK);
  for (i = 0; i < 4; i++)
    {
      g_interrupted = i % 2 != 0;
      if (g_interrupted)
        {
          assert_true(host_interrupt(free_isr, view[i]));
        }
      else
        {
          iob_free(view[i]);
        }

      kicked(i < 3 ? i + 1 : 3);
    }

  assert_int_equal(iob_defer(&g_request.defer, g_other), -EAGAIN);
  iob_free(g_other);
  kicked(3);
}

/* Sending again */

/* Goal: the first transmission copies nothing and is contiguous; sending
 * again while the driver holds it is refused, is kicked when it lets go, and
 * then works in place.  Method: played, by a task and by an interrupt.
 */

static void resend_waits_for_the_driver(void **state)
{
  unsigned int isr;

  (void)state;
  for (isr = 0; isr < 2; isr++)
    {
      struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
      struct frame_s frame = transmit(queue, 0x11);
      unsigned int before = copies();

      g_request.nkicks = 0;
      assert_int_equal(iob_push(queue, 1), -ENOSPC);
      assert_int_equal(iob_push(queue, HEADER), -ENOSPC);
      assert_int_equal(iob_defer(&g_request.defer, queue), OK);
      assert_int_equal(iob_push(queue, HEADER), -ENOSPC);
      kicked(0);
      untouched(&frame);

      if (isr == 0)
        {
          done(&frame);
        }
      else
        {
          assert_true(host_interrupt(done_isr, &frame));
        }

      kicked(1);
      frame = transmit(queue, 0x22);
      fixture_verify(queue, 0, SEGMENT);
      done(&frame);
      kicked(1);
      assert_int_equal(copies(), before);
      fixture_verify(queue, 0, SEGMENT);
      iob_free(queue);
    }
}

/* Goal: in the kick itself the head-room is there.  Method: it pushes. */

static void kick_may_push_at_once(void **state)
{
  struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
  struct frame_s frame = transmit(queue, 0x11);
  uint8_t *data = IOB_DATA(queue);

  (void)state;
  g_request.queue  = queue;
  g_request.pushed = -1;
  assert_int_equal(iob_defer(&g_request.defer, queue), OK);
  assert_true(host_interrupt(done_isr, &frame));
  kicked(1);
  assert_int_equal(g_request.pushed, OK);
  assert_ptr_equal(IOB_DATA(queue), data - HEADER);
  assert_int_equal(queue->io_pktlen, SEGMENT + HEADER);
  iob_free(queue);
}

/* Goal: with a second holder, a tap, the kick comes with the first that goes
 * and the push is still refused; asking again tells of the second.
 */

static void driver_and_tap_hold_the_frame(void **state)
{
  struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
  struct frame_s frame = transmit(queue, 0x11);
  struct frame_s tap = hold(iob_share(frame.iob, 0, SEGMENT + HEADER));

  (void)state;
  assert_int_equal(iob_defer(&g_request.defer, queue), OK);
  done(&frame);
  kicked(1);
  assert_int_equal(iob_push(queue, HEADER), -ENOSPC);
  untouched(&tap);

  assert_int_equal(iob_defer(&g_request.defer, queue), OK);
  done(&tap);
  kicked(2);
  frame = transmit(queue, 0x33);
  done(&frame);
  iob_free(queue);
}

/* Acknowledgements */

/* Goal: after a partial acknowledgement of any length the dead bytes serve
 * as head-room, so that the rest is sent in one piece.  Method: every byte
 * offset; no head-room to begin with; the first sending has ended before.
 */

static void acknowledged_bytes_serve_as_headroom(void **state)
{
  unsigned int before = copies();
  unsigned int acked;

  (void)state;
  for (acked = 1; acked < SEGMENT; acked++)
    {
      struct iob_s *queue = fixture_packet(0, SEGMENT);
      struct frame_s frame = hold(iob_share(queue, 0, SEGMENT));
      uint8_t *data = IOB_DATA(queue);

      done(&frame);
      queue = iob_trimhead(queue, acked);
      assert_ptr_equal(IOB_DATA(queue), data + acked);
      fixture_verify(queue, acked, SEGMENT - acked);

      if (acked < HEADER)
        {
          assert_int_equal(iob_push(queue, HEADER), -ENOSPC);
          assert_int_equal(iob_push(queue, acked), OK);
          assert_ptr_equal(IOB_DATA(queue), data);
        }
      else
        {
          frame = transmit(queue, 0x44);
          fixture_verify(queue, acked, SEGMENT - acked);
          done(&frame);
        }

      iob_free(queue);
    }

  assert_int_equal(copies(), before);
}

/* Goal: the same when the acknowledgement comes before the driver is done:
 * nothing is head-room until it is, and all of it is then.  Method: every
 * byte offset; the driver's bytes are compared after each step.
 */

static void acknowledgement_before_the_driver_is_done(void **state)
{
  unsigned int before = copies();
  unsigned int acked;

  (void)state;
  for (acked = 1; acked < SEGMENT; acked++)
    {
      struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
      struct frame_s frame = transmit(queue, 0x11);

      queue = iob_trimhead(queue, acked);
      untouched(&frame);
      assert_int_equal(iob_push(queue, 1), -ENOSPC);
      fixture_verify(queue, acked, SEGMENT - acked);

      g_request.nkicks = 0;
      assert_int_equal(iob_defer(&g_request.defer, queue), OK);
      assert_true(host_interrupt(done_isr, &frame));
      assert_int_equal(g_request.nkicks, 1);

      frame = transmit(queue, 0x22);
      fixture_verify(queue, acked, SEGMENT - acked);
      done(&frame);
      assert_int_equal(iob_push(queue, HEADER + acked), OK);
      assert_int_equal(iob_push(queue, 1), -ENOSPC);
      iob_free(queue);
    }

  assert_int_equal(copies(), before);
}

/* Goal: data that is acknowledged completely while the driver holds it goes
 * with the driver's view.  Method: the queue's view is freed, with a request
 * in place that is taken back; memory returns at the end only.
 */

static void acknowledged_completely_while_held(void **state)
{
  struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
  struct frame_s frame = transmit(queue, 0x11);
  struct iob_info_s info;
  size_t used;

  (void)state;
  iob_getinfo(&info);
  used = info.used;
  assert_int_equal(iob_defer(&g_request.defer, queue), OK);
  assert_int_equal(iob_undefer(&g_request.defer), OK);
  assert_null(iob_trimtail(queue, SEGMENT));
  iob_getinfo(&info);
  assert_int_equal(info.used, used);
  untouched(&frame);
  assert_true(host_interrupt(done_isr, &frame));
  iob_getinfo(&info);
  assert_true(info.used < used);
  kicked(0);
}

/* Goal: an abort while frames are held and requests hang on them leaves
 * nothing.  Method: three segments; the driver is done in each order, before
 * and after the abort.
 */

static void abort_while_held(void **state)
{
  unsigned int order;

  (void)state;
  for (order = 0; order < 6; order++)
    {
      struct iob_s *queue[3];
      struct frame_s frame[3];
      unsigned int i;

      g_request.nkicks = 0;
      for (i = 0; i < 3; i++)
        {
          queue[i] = fixture_packet(HEADER, SEGMENT);
          frame[i] = transmit(queue[i], 0x10 + i);
        }

      assert_int_equal(iob_defer(&g_request.defer, queue[order % 3]), OK);
      if (order >= 3)
        {
          done(&frame[order % 3]);
          kicked(1);
        }

      assert_int_equal(iob_undefer(&g_request.defer),
                       order >= 3 ? -ENOENT : OK);
      for (i = 0; i < 3; i++)
        {
          iob_free_chain(queue[i]);
        }

      for (i = 0; i < 3; i++)
        {
          struct frame_s *next = &frame[(order + i) % 3];

          if (next->iob != NULL)
            {
              assert_true(host_interrupt(done_isr, next));
            }
        }

      kicked(order >= 3 ? 1 : 0);
    }
}

/* Other ways to send again */

/* Goal: a device that takes lists gets a new header in front of the shared
 * payload, while the first frame is held, and not one byte of that changes.
 * Method: iob_concat(); whole and after partial acknowledgements; packets
 * are then done in both orders.
 */

static void new_header_in_front_of_held_payload(void **state)
{
  static const unsigned int acked[] =
  {
    0, 1, 53, 54, 55, 500, 999
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < 2 * nitems(acked); i++)
    {
      struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
      struct frame_s first = transmit(queue, 0x11);
      unsigned int from = acked[i / 2];
      struct frame_s second;
      struct iob_s *header;
      uint8_t *payload;

      queue   = iob_trimhead(queue, from);
      payload = IOB_DATA(queue);
      header  = iob_tryalloc_contig(0, HEADER, IOB_CLASS_TX);
      assert_non_null(header);
      push_header(header, 0x22);
      iob_concat(header, iob_share(queue, 0, SEGMENT - from));
      untouched(&first);

      assert_int_equal(header->io_pktlen, HEADER + SEGMENT - from);
      assert_ptr_equal(IOB_DATA(header->io_flink), payload);
      second = hold(header);

      /* The queue can not write, and the header is not the queue's */

      assert_int_equal(iob_push(queue, 1), -ENOSPC);
      assert_int_equal(iob_update_pktlen(header, header->io_pktlen, false),
                       header->io_pktlen);
      untouched(&second);
      done(i % 2 == 0 ? &first : &second);
      assert_int_equal(iob_push(queue, 1), -ENOSPC);
      done(i % 2 == 0 ? &second : &first);
      fixture_verify(queue, from, SEGMENT - from);
      push_header(queue, 0x33);
      iob_free(queue);
      assert_int_equal(iob_check(), 0);
    }
}

/* Goal: a bounce copy for a device that takes no lists changes nothing that
 * is held.  Method: the view of the payload is linearised with head-room.
 */

static void bounce_copy_while_held(void **state)
{
  struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
  struct frame_s first = transmit(queue, 0x11);
  struct iob_s *bounce = iob_share(queue, 0, SEGMENT);
  struct frame_s second;

  (void)state;
  assert_int_equal(iob_push(bounce, HEADER), -ENOSPC);
  bounce = iob_linearize(bounce, HEADER, IOB_CLASS_TX);
  assert_non_null(bounce);
  assert_int_equal(copies(), 1);
  push_header(bounce, 0x22);
  second = hold(bounce);
  untouched(&first);
  assert_true(IOB_DATA(second.iob) != IOB_DATA(first.iob));
  done(&second);
  done(&first);
  fixture_verify(queue, 0, SEGMENT);
  iob_free(queue);
}

/* Goal: small writes append to the last segment while its first part is in
 * flight, without a change in that.  Method: tail-room is filled byte by
 * byte, and sent while the first part is held.
 */

static void append_while_the_first_part_is_held(void **state)
{
  struct iob_s *queue = fixture_packet(HEADER, SEGMENT);
  struct frame_s first;
  struct frame_s rest;
  unsigned int i;

  (void)state;
  iob_update_pktlen(queue, 300, false);
  first = transmit(queue, 0x11);
  for (i = 300; i < SEGMENT; i++)
    {
      uint8_t byte = fixture_byte(i);

      assert_int_equal(iob_trycopyin(queue, &byte, 1, i, false), 1);
    }

  untouched(&first);
  assert_null(queue->io_flink);
  fixture_verify(queue, 0, SEGMENT);

  rest = hold(iob_share(queue, 300, SEGMENT - 300));
  assert_int_equal(iob_push(rest.iob, 1), -ENOSPC);
  done(&first);
  assert_int_equal(iob_push(queue, 1), -ENOSPC);
  done(&rest);
  fixture_verify(queue, 0, SEGMENT);
  push_header(queue, 0x22);
  iob_free(queue);
}

/* iob_watch() ************************************************************/

struct watcher_s
{
  struct iob_watch_s watch;
  unsigned int ncalls;
  bool again;                    /* Ask again from the callback */
};

static void freed(struct iob_watch_s *watch)
{
  struct watcher_s *w = container_of(watch, struct watcher_s, watch);

  w->ncalls++;
  if (w->again)
    {
      assert_int_equal(iob_watch(watch), 0);
    }
}

/* Whatever is freed is told, once for each request, to all who asked */

static void what_is_freed_is_told(void **state)
{
  struct watcher_s a =
  {
    .watch.wt_freed = freed
  };

  struct watcher_s b =
  {
    .watch.wt_freed = freed, .again = true
  };

  struct iob_watch_s none;
  struct iob_s *iob = iob_tryalloc_contig(SEGMENT, HEADER, IOB_CLASS_TX);
  struct iob_s *view;

  (void)state;
  memset(&none, 0, sizeof(none));
  iob->io_len    = SEGMENT;
  iob->io_pktlen = SEGMENT;
  view = iob_share(iob, 0, SEGMENT);
  assert_int_equal(iob_watch(&none), -EINVAL);
  assert_int_equal(iob_unwatch(&a.watch), -ENOENT);
  assert_int_equal(iob_watch(&a.watch), 0);
  assert_int_equal(iob_watch(&a.watch), 0);
  assert_int_equal(iob_watch(&b.watch), 0);
  assert_int_equal(a.ncalls + b.ncalls, 0);
  iob_free_chain(view);          /* A view alone */
  assert_int_equal(a.ncalls, 1);
  assert_int_equal(b.ncalls, 1);
  iob_free_chain(iob);           /* The extent */
  assert_int_equal(a.ncalls, 1);
  assert_true(b.ncalls >= 2);
  assert_int_equal(iob_unwatch(&a.watch), -ENOENT);
  assert_int_equal(iob_unwatch(&b.watch), 0);
  assert_int_equal(iob_watch(&a.watch), 0);
  assert_int_equal(iob_unwatch(&a.watch), 0);
  iob_free_chain(iob_tryalloc_contig(1, 0, IOB_CLASS_CTRL));
  assert_int_equal(a.ncalls, 1);
  assert_int_equal(iob_check(), 0);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, fixture_teardown)

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    TEST(nothing_to_wait_for),
    TEST(second_request_is_refused),
    TEST(any_other_view_kicks_once),
    TEST(view_that_is_replaced_kicks),
    TEST(undeferred_request_is_not_kicked),
    TEST(memory_of_a_request_may_go),
    TEST(free_by_the_requester_itself),
    TEST(kick_may_ask_again),
    TEST(resend_waits_for_the_driver),
    TEST(kick_may_push_at_once),
    TEST(driver_and_tap_hold_the_frame),
    TEST(acknowledged_bytes_serve_as_headroom),
    TEST(acknowledgement_before_the_driver_is_done),
    TEST(acknowledged_completely_while_held),
    TEST(abort_while_held),
    TEST(new_header_in_front_of_held_payload),
    TEST(bounce_copy_while_held),
    TEST(append_while_the_first_part_is_held),
    TEST(what_is_freed_is_told),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
