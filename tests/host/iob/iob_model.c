/* tests/host/iob/iob_model.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The model.  A packet is a vector of bytes and a list of views; a view has
 * an address, a length, and the room before and behind it; an extent has a
 * copy of all its bytes that views can see (the shadow), and the number of
 * views.  An operation on the library is followed by the same on the model:
 *
 * - "touch" says what the operation may do to a packet: nothing visible,
 *   exactly what the list "want" says (where every byte lies), only the
 *   lengths, or only the contents;
 * - "settle" then compares.  A packet that was not touched must not differ in
 *   a field or in a byte of its windows, head- and tail-room included.
 *
 * What the model knows from the private header: where an extent begins and
 * how many granules it has, by class.  From that alone it computes whether
 * an allocation must succeed or fail, and what iob_getinfo() must say.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/irq.h>
#include <nuttx/semaphore.h>
#include <nuttx/wqueue.h>
#include <nuttx/mm/iob.h>

#include <host_port.h>

#include "iob.h"
#include "iob_model.h"

#define NPKTS      40       /* Packets at a time */
#define NQUEUES    2
#define NRING      3        /* Buffers that a driver has posted */
#define NOUTSIDE   8        /* Pieces of memory from outside */
#define NDEFERS    3
#define NHOLDERS   6        /* Of iob_alloc_minimum() */
#define NNOTES     4        /* Of iob_notifier_setup() */
#define NHASH      1024
#define NHISTORY   24
#define MAXLEN     150000   /* Of a packet */
#define MAXVIEWS   4000     /* Of a packet */

#define ANY        UINT32_MAX

#define EXPECT(x) \
  do { if (!(x)) model_fail(__LINE__, #x, 0, 0); } while (0)
#define EXPECT_EQ(a, b) expect_eq(__LINE__, #a " == " #b, (long long)(a), \
                                  (long long)(b))
#define EXPECT_LE(a, b) expect_le(__LINE__, #a " <= " #b, (long long)(a), \
                                  (long long)(b))

/* Memory from outside, given to iob_alloc_with_data() and so on */

enum outkind_e
{
  OUT_DATA,
  OUT_EMBED,                /* iob_init_with_data() */
  OUT_CONST
};

struct mext_s;

struct mout_s
{
  uint8_t *block;           /* What was allocated; aligned */
  uint8_t *mem;             /* NULL: not in use */
  unsigned int size;
  enum outkind_e kind;
  unsigned int calls;       /* Of the free callback */
  bool callback;            /* There is one */
  unsigned int ndesc;       /* 1: the descriptor in the memory lives */
  struct mext_s *extof;     /* What that descriptor views */
  uint8_t *copy;            /* What OUT_CONST must stay */
};

struct mview_s
{
  struct iob_s *iob;        /* NULL in "want": any */
  uint8_t *data;
  unsigned int len;
  unsigned int head;        /* Room before the data ... */
  unsigned int tail;        /* ... and behind it */
  struct mext_s *ext;
  struct mview_s *peer;     /* Next view of the same extent */
};

struct mlist_s
{
  struct mview_s *v;
  unsigned int n;
  unsigned int room;
};

struct mext_s
{
  struct mext_s *next;      /* In the hash table */
  unsigned int index;       /* In g_m.exts */
  uint8_t *base;
  unsigned int size;
  unsigned int units;       /* Granules; 0: not in the arena */
  unsigned int cls;
  bool standing;
  const void *holder;       /* Whose standing extent it is */
  struct mout_s *out;
  void *common;             /* The descriptor that holds the count */
  unsigned int nviews;
  unsigned int leaving;   /* Of them, views of packets to be read anew ... */
  bool stays;               /* ... one of which still views it */
  struct mview_s *views;    /* While it is checked */
  uint8_t *shadow;
};

/* What an operation may have done to a packet */

enum check_e
{
  CHECK_SAME,               /* Nothing */
  CHECK_WANT,               /* What p->want says */
  CHECK_GROW,               /* The lengths in p->want; the last may be more,
                             * and others may follow */
  CHECK_LENS,               /* The lengths in p->want */
  CHECK_BYTES               /* The contents are p->bytes */
};

enum where_e
{
  FREE_SLOT,
  IN_HAND,
  IN_RING,
  IN_QUEUE                  /* The first of NQUEUES */
};

struct mpkt_s
{
  unsigned int where;
  bool touched;
  bool empties;             /* Empty buffers behind the first are there */
  bool may_empty;           /* ... and may come */
  enum check_e check;
  struct iob_s *head;
  uint8_t *bytes;
  unsigned int len;
  unsigned int room;
  struct mlist_s views;     /* As of the last step */
  struct mlist_s want;
  struct mlist_s now;
};

struct mqueue_s
{
  struct iob_queue_s q;
  struct mpkt_s *pkt[NPKTS];
  unsigned int n;
};

struct mbudget_s
{
  unsigned int nfree;
  unsigned int used[4];
  unsigned int reserve[4];
};

#ifdef CONFIG_IOB_SHARED
struct mdefer_s
{
  struct iob_defer_s d;     /* First: the callback gets its address */
  bool active;
  struct mext_s *ext;       /* NULL: the extent has gone */
  unsigned int gone;        /* Views that left the extent in this step */
  unsigned int kicks;
};
#endif

struct mnote_s
{
  int key;                  /* 0: not set up */
  unsigned int calls;
};

struct model_s
{
  /* The stream */

  const uint8_t *bytes;
  size_t n;
  size_t pos;
  bool done;
  uint64_t seed;
  uint64_t random;
  uint64_t word;
  unsigned int nword;
  uint64_t fill;
  unsigned long step;
  unsigned long nsteps;

  /* Failure */

  bool running;
  jmp_buf env;
  char history[NHISTORY][100];
  unsigned long nhistory;

  /* The state */

  struct mpkt_s pkt[NPKTS];
  struct mpkt_s *ring[NRING];
  struct mout_s out[NOUTSIDE];
  struct mqueue_s queue[NQUEUES];
  struct mnote_s note[NNOTES];
  struct mext_s *hash[NHASH];
  struct mext_s **exts;
  unsigned int nexts;
  unsigned int extroom;
  uint8_t *buf;             /* For one packet */

  /* This step */

  unsigned int blocked;     /* Calls of the hook */
  bool may_resize;          /* Extents may change their size */
  bool inirq;

#ifdef CONFIG_IOB_SHARED
  struct mdefer_s defer[NDEFERS];
  struct mext_s *extof[IOB_NVIEWS];
  uint8_t map[IOB_NUNITS];
  char text0[IOB_NUNITS + 1];
  char text[IOB_NUNITS + 1];
  struct iob_info_s info0;
  struct iob_info_s count;  /* The counters that the model follows */
#endif
  int navail0[2];
};

unsigned int iob_model_every = 1;

static struct model_s g_m;

/* Failures and the history ************************************************/

void iob_model_history(void)
{
  unsigned long i;

  if (!g_m.running)
    {
      return;
    }

  fprintf(stderr, "iob_model: seed %" PRIu64 ", step %lu; the last:\n",
          g_m.seed, g_m.step);

  for (i = g_m.nhistory > NHISTORY ? g_m.nhistory - NHISTORY : 0;
       i < g_m.nhistory; i++)
    {
      fprintf(stderr, "  %s\n", g_m.history[i % NHISTORY]);
    }

  fflush(stderr);
}

static _Noreturn void model_fail(int line, const char *what, long long a,
                                 long long b)
{
  fprintf(stderr, "iob_model.c:%d: not true: %s (%lld, %lld)\n", line, what,
          a, b);
  iob_model_history();
  g_m.running = false;
  longjmp(g_m.env, 1);
}

static void expect_eq(int line, const char *what, long long a, long long b)
{
  if (a != b)
    {
      model_fail(line, what, a, b);
    }
}

static void expect_le(int line, const char *what, long long a, long long b)
{
  if (a > b)
    {
      model_fail(line, what, a, b);
    }
}

static void panicked(const char *file, int line, const char *what)
{
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
  model_fail(__LINE__, "no panic", 0, 0);
}

static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
  char *text = g_m.history[g_m.nhistory++ % NHISTORY];
  va_list ap;
  int n;

  n = snprintf(text, sizeof(g_m.history[0]), "%lu%s ", g_m.step,
               g_m.inirq ? " irq" : "");
  va_start(ap, fmt);
  vsnprintf(text + n, sizeof(g_m.history[0]) - n, fmt, ap);
  va_end(ap);
}

/* The stream **************************************************************/

static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static unsigned int take(void)
{
  unsigned int byte;

  if (g_m.bytes != NULL)
    {
      g_m.done = g_m.pos >= g_m.n;
      return g_m.done ? 0 : g_m.bytes[g_m.pos++];
    }

  if (g_m.nword == 0)
    {
      g_m.word  = next_random(&g_m.random);
      g_m.nword = 8;
    }

  byte       = g_m.word & 0xff;
  g_m.word >>= 8;
  g_m.nword--;
  return byte;
}

/* A number below n */

static unsigned int pick(unsigned int n)
{
  unsigned int value = take();

  if (n > 0x100)
    {
      value |= take() << 8;
    }

  if (n > 0x10000)
    {
      value |= take() << 16;
    }

  return n > 0 ? value % n : 0;
}

/* A size: small ones, packets, up to jumbo frames, and the edges */

static unsigned int pick_size(void)
{
  static const unsigned int edges[] =
  {
    0, 1, 2047, 2048, 2049, 9000, 9014, 9216, 65408, 65471, 65472, 65473,
    65535, 65536, UINT32_MAX
  };

  unsigned int kind = take();

  if (kind < 100)
    {
      return take();
    }
  else if (kind < 170)
    {
      return pick(1600);
    }
  else if (kind < 225)
    {
      return pick(9217);
    }
  else if (kind < 245)
    {
      return 64 * take() + pick(3) - 1;
    }
  else
    {
      return edges[pick(sizeof(edges) / sizeof(edges[0]))];
    }
}

static void fill(uint8_t *data, unsigned int n)
{
  while (n > 0)
    {
      uint64_t word = next_random(&g_m.fill);
      unsigned int some = n < sizeof(word) ? n : sizeof(word);

      memcpy(data, &word, some);
      data += some;
      n    -= some;
    }
}

static uint8_t *new_buf(unsigned int n)
{
  uint8_t *buf = malloc(n > 0 ? n : 1);

  EXPECT(buf != NULL);
  return buf;
}

/* Bytes of packets, and lists of views ************************************/

static void need(struct mpkt_s *p, unsigned int n)
{
  if (n > p->room)
    {
      p->room  = 2 * n;
      p->bytes = realloc(p->bytes, p->room);
      EXPECT(p->bytes != NULL);
    }
}

/* Open a hole of n bytes; the caller fills it */

static uint8_t *insert(struct mpkt_s *p, unsigned int at, unsigned int n)
{
  need(p, p->len + n);
  memmove(p->bytes + at + n, p->bytes + at, p->len - at);
  p->len += n;
  return p->bytes + at;
}

static void cut(struct mpkt_s *p, unsigned int at, unsigned int n)
{
  if (n > 0)
    {
      memmove(p->bytes + at, p->bytes + at + n, p->len - at - n);
      p->len -= n;
    }
}

static void set_bytes(struct mpkt_s *p, const uint8_t *bytes, unsigned int n)
{
  p->len = 0;
  if (n > 0)
    {
      memcpy(insert(p, 0, n), bytes, n);
    }
}

static struct mview_s *list_add(struct mlist_s *list)
{
  if (list->n == list->room)
    {
      list->room = 2 * list->room + 4;
      list->v    = realloc(list->v, list->room * sizeof(list->v[0]));
      EXPECT(list->v != NULL);
    }

  memset(&list->v[list->n], 0, sizeof(list->v[0]));
  return &list->v[list->n++];
}

static void list_append(struct mlist_s *to, const struct mlist_s *from)
{
  unsigned int i;

  for (i = 0; i < from->n; i++)
    {
      *list_add(to) = from->v[i];
    }
}

static void list_remove(struct mlist_s *list, unsigned int i)
{
  memmove(&list->v[i], &list->v[i + 1],
          (list->n - i - 1) * sizeof(list->v[0]));
  list->n--;
}

/* From now on in this step, "check" is what may happen to the packet */

static void touch(struct mpkt_s *p, enum check_e check)
{
  if (!p->touched)
    {
      need(p, 1);
      p->touched = true;
      p->want.n  = 0;
      list_append(&p->want, &p->views);
    }

  p->check = check;
}

static struct mpkt_s *empty_slot(void)
{
  unsigned int i;

  for (i = 0; i < NPKTS; i++)
    {
      if (g_m.pkt[i].where == FREE_SLOT && !g_m.pkt[i].touched)
        {
          return &g_m.pkt[i];
        }
    }

  return NULL;
}

/* One of the packets in hand that this step does not use yet */

static struct mpkt_s *some_pkt(void)
{
  unsigned int start = pick(NPKTS);
  unsigned int i;

  for (i = 0; i < NPKTS; i++)
    {
      struct mpkt_s *p = &g_m.pkt[(start + i) % NPKTS];

      if (p->where == IN_HAND && !p->touched)
        {
          return p;
        }
    }

  return NULL;
}

static unsigned int nameof(const struct mpkt_s *p)
{
  return p - g_m.pkt;
}

/* Memory from outside *****************************************************/

static struct mout_s *out_of(const void *addr)
{
  unsigned int i;

  for (i = 0; i < NOUTSIDE; i++)
    {
      struct mout_s *out = &g_m.out[i];

      if (out->mem != NULL && (const uint8_t *)addr >= out->mem &&
          (const uint8_t *)addr < out->mem + out->size)
        {
          return out;
        }
    }

  return NULL;
}

#if defined(CONFIG_IOB_SHARED) || defined(CONFIG_IOB_ALLOC)
static void out_freed(void *data)
{
  struct mout_s *out = out_of(data);

  EXPECT(out != NULL && data == out->mem);
  out->calls++;
}
#endif

/* The free callback has run if and only if nothing is left */

static void check_outside(void)
{
  unsigned int i;
  unsigned int j;

  for (i = 0; i < NOUTSIDE; i++)
    {
      struct mout_s *out = &g_m.out[i];
      bool used = out->ndesc > 0;

      if (out->mem == NULL)
        {
          continue;
        }

      for (j = 0; j < g_m.nexts && !used; j++)
        {
          used = g_m.exts[j]->out == out;
        }

      EXPECT_EQ(out->calls, !used && out->callback);

      if (out->copy != NULL)
        {
          EXPECT(memcmp(out->mem, out->copy, out->size) == 0);
        }

      if (!used)
        {
          free(out->block);
          free(out->copy);
          memset(out, 0, sizeof(*out));
        }
    }
}

/* Extents *****************************************************************/

static unsigned int hash_of(const uint8_t *base)
{
  return (unsigned int)((uintptr_t)base / 16 * 2654435761u) % NHASH;
}

static struct mext_s *ext_find(const uint8_t *base)
{
  struct mext_s *ext = g_m.hash[hash_of(base)];

  while (ext != NULL && ext->base != base)
    {
      ext = ext->next;
    }

  return ext;
}

/* What extent an iob views, as the library has it */

static struct mext_s ext_peek(struct iob_s *iob)
{
  struct mext_s ext;

  memset(&ext, 0, sizeof(ext));
#ifdef CONFIG_IOB_SHARED
  if (iob->io_ext != NULL)
    {
      struct iob_ext_s *common = iob->io_ext;

      ext.base     = common->ex_base;
      ext.size     = common->ex_size;
      ext.units    = (ext.size + common->ex_slack) / IOB_GRANULE;
      ext.cls      = common->ex_flags & IOB_F_CLASS;
      ext.standing = (common->ex_flags & IOB_F_STANDING) != 0;
      ext.common   = common;
    }
  else
    {
      ext.base     = iob->io_data;
      ext.size     = iob->io_bufsize;
      ext.units    = (ext.size + iob->io_slack) / IOB_GRANULE;
      ext.cls      = iob->io_flags & IOB_F_CLASS;
      ext.standing = (iob->io_flags & IOB_F_STANDING) != 0;
    }
#else
  ext.base = iob->io_data;
  ext.size = IOB_BUFSIZE(iob);
#endif

  ext.out = out_of(ext.base);
  if (ext.out != NULL)
    {
      ext.units = 0;
      if (ext.out->kind == OUT_EMBED)
        {
          ext.common = NULL;
        }
    }

  return ext;
}

/* An extent can no longer be found */

static void ext_unlink(struct mext_s *ext)
{
  struct mext_s **link = &g_m.hash[hash_of(ext->base)];

  while (*link != NULL && *link != ext)
    {
      link = &(*link)->next;
    }

  if (*link != NULL)
    {
      *link = ext->next;
    }
}

/* One more view of an extent; the first makes it known */

static struct mext_s *ext_ref(struct iob_s *iob)
{
  struct mext_s peek = ext_peek(iob);
  struct mext_s *ext = ext_find(peek.base);

  if (ext != NULL && ext->leaving == ext->nviews && !ext->stays)
    {
      /* It has gone, and a new one lies there */

      ext_unlink(ext);
      ext = NULL;
    }

  if (ext == NULL)
    {
      if (g_m.nexts == g_m.extroom)
        {
          g_m.extroom = 2 * g_m.extroom + 16;
          g_m.exts    = realloc(g_m.exts, g_m.extroom * sizeof(ext));
          EXPECT(g_m.exts != NULL);
        }

      ext         = malloc(sizeof(*ext));
      EXPECT(ext != NULL);
      *ext        = peek;
      ext->next   = g_m.hash[hash_of(peek.base)];
      ext->index  = g_m.nexts;
      ext->shadow = new_buf(peek.size);
      g_m.exts[g_m.nexts++] = ext;
      g_m.hash[hash_of(peek.base)] = ext;
    }

  EXPECT_EQ(ext->standing, peek.standing);
  EXPECT(ext->out == peek.out);

  if (g_m.may_resize)
    {
      ext->shadow = realloc(ext->shadow, peek.size + 1);
      EXPECT(ext->shadow != NULL);
      ext->units = peek.units;
      ext->size  = peek.size;
      ext->cls   = peek.cls;
    }

  EXPECT_EQ(ext->units, peek.units);
  EXPECT_EQ(ext->size, peek.size);
  EXPECT_EQ(ext->cls, peek.cls);
  ext->common = peek.common;
  ext->stays  = true;
  ext->nviews++;
  return ext;
}

/* One view fewer; the last makes the extent unknown */

static void ext_unref(struct mext_s *ext)
{
  EXPECT(ext->nviews > 0);
  if (--ext->nviews > 0)
    {
      return;
    }

  ext_unlink(ext);
  g_m.exts[ext->index] = g_m.exts[--g_m.nexts];
  g_m.exts[ext->index]->index = ext->index;

#ifdef CONFIG_IOB_SHARED
  unsigned int i;

  for (i = 0; i < NDEFERS; i++)
    {
      if (g_m.defer[i].ext == ext)
        {
          g_m.defer[i].ext = NULL;
        }
    }
#endif

  free(ext->shadow);
  free(ext);
}

/* The descriptor in the memory of the extent lives, but views another */

static bool ext_held(const struct mext_s *ext)
{
  return ext->out != NULL && ext->out->ndesc > 0 && ext->out->extof != ext;
}

static unsigned int ext_count(const struct mext_s *ext)
{
  return ext->nviews + ext_held(ext);
}

static bool ext_const(const struct mext_s *ext)
{
  return ext->out != NULL && ext->out->kind == OUT_CONST;
}

static bool view_sole(const struct mview_s *view)
{
  return ext_count(view->ext) == 1 && !ext_const(view->ext);
}

/* Head-room that the holder of a view can have */

static unsigned int view_headroom(const struct mview_s *view)
{
  return view_sole(view) ? (unsigned int)(view->data - view->ext->base) :
                           view->head;
}

/* Which extent a descriptor views: where that is remembered */

#ifdef CONFIG_IOB_SHARED
static struct mext_s **slot_of(struct iob_s *iob)
{
  struct mout_s *out = out_of(iob);

  if (out != NULL)
    {
      return &out->extof;
    }

  EXPECT(iob >= g_iob_views && iob < g_iob_views + IOB_NVIEWS);
  return &g_m.extof[iob - g_iob_views];
}
#else
static struct mext_s **slot_of(struct iob_s *iob)
{
  static struct mext_s *none;
  struct mout_s *out = out_of(iob);

  return out != NULL ? &out->extof : &none;
}
#endif

/* A descriptor no longer views an extent */

static void left(struct mext_s *ext, struct iob_s *iob, bool freed)
{
  struct mout_s *out = out_of(iob);

  if (out != NULL && freed)
    {
      EXPECT_EQ(out->ndesc, 1);
      out->ndesc = 0;
    }

#ifdef CONFIG_IOB_SHARED
  unsigned int i;

  for (i = 0; i < NDEFERS; i++)
    {
      struct mdefer_s *defer = &g_m.defer[i];

      /* A descriptor in the memory of the extent counts as long as it lives,
       * whatever it views.
       */

      if (defer->active && defer->ext != NULL &&
          ((defer->ext == ext && (out == NULL || out != ext->out)) ||
           (freed && out != NULL && defer->ext->out == out)))
        {
          defer->gone++;
        }
    }
#else
  (void)ext;
#endif
}

/* Packets *****************************************************************/

/* The packet is no more; the library has freed it */

static void drop(struct mpkt_s *p)
{
  unsigned int i;

  for (i = 0; i < p->views.n; i++)
    {
      struct mview_s *view = &p->views.v[i];

      *slot_of(view->iob) = NULL;
      left(view->ext, view->iob, true);
      ext_unref(view->ext);
    }

  p->views.n = 0;
  p->len     = 0;
  p->where   = FREE_SLOT;
  p->head    = NULL;
  p->empties = false;
}

static void check_view(const struct mview_s *now, const struct mview_s *want,
                       enum check_e check)
{
  EXPECT_EQ(now->len, want->len);

  if (check == CHECK_WANT)
    {
      EXPECT(want->iob == NULL || now->iob == want->iob);
      EXPECT(now->len == 0 || want->data == NULL || now->data == want->data);
    }
}

/* Read the chain of a packet that was touched, and check it for itself */

static void check_touched(struct mpkt_s *p)
{
  struct mlist_s *now = &p->now;
  struct iob_s *iob;
  unsigned int at = 0;
  unsigned int i;
  bool empties = false;

  now->n = 0;
  EXPECT(p->head != NULL);
  EXPECT_EQ(p->head->io_pktlen, p->len);

  for (iob = p->head; iob != NULL; iob = iob->io_flink)
    {
      struct mview_s *view = list_add(now);

      EXPECT_LE(now->n, MAXVIEWS);
      EXPECT_LE((unsigned int)iob->io_offset + iob->io_len,
                IOB_BUFSIZE(iob));

      view->iob  = iob;
      view->data = IOB_DATA(iob);
      view->len  = iob->io_len;
      view->head = iob->io_offset;
      view->tail = IOB_FREESPACE(iob);
      empties    = empties || (view->len == 0 && now->n > 1);

      EXPECT_LE(at + view->len, p->len);
      EXPECT(memcmp(view->data, p->bytes + at, view->len) == 0);
      at += view->len;
    }

  EXPECT_EQ(at, p->len);
  EXPECT(!empties || p->empties || p->may_empty);
  p->empties = empties;

  if (p->check != CHECK_BYTES)
    {
      unsigned int n = p->want.n;

      if (p->check == CHECK_GROW)
        {
          EXPECT_LE(n, now->n);
          EXPECT_LE(p->want.v[n - 1].len, now->v[n - 1].len);
          n--;
        }
      else
        {
          EXPECT_EQ(now->n, n);
        }

      for (i = 0; i < n; i++)
        {
          check_view(&now->v[i], &p->want.v[i], p->check);
        }
    }

#ifdef CONFIG_IOB_SHARED
  if (!empties)
    {
      EXPECT_EQ(iob_check_chain(p->head), 0);
    }
#endif
}

/* Take over what was read: references first, so that an extent that stays is
 * known all the time.
 */

static void adopt_new(struct mpkt_s *p)
{
  unsigned int i;

  for (i = 0; i < p->now.n; i++)
    {
      struct mview_s *view = &p->now.v[i];
      struct mview_s *want = i < p->want.n ? &p->want.v[i] : NULL;
      uint8_t *from = view->data - view->head;
      unsigned int n = view->head + view->len + view->tail;
      struct mext_s *ext = ext_ref(view->iob);

      EXPECT(p->check != CHECK_WANT || want->ext == NULL ||
             want->ext == ext || view->len == 0);
      EXPECT(from >= ext->base && from + n <= ext->base + ext->size);

      memcpy(ext->shadow + (from - ext->base), from, n);
      view->ext = ext;
      *slot_of(view->iob) = ext;
    }
}

static void adopt_old(struct mpkt_s *p)
{
  struct mlist_s list = p->views;
  unsigned int i;

  for (i = 0; i < list.n; i++)
    {
      struct mview_s *view = &list.v[i];

      if (*slot_of(view->iob) != view->ext)
        {
          left(view->ext, view->iob, *slot_of(view->iob) == NULL);
        }

      ext_unref(view->ext);
    }

  p->views = p->now;
  p->now   = list;
}

static void clear_slots(struct mpkt_s *p)
{
  unsigned int i;

  for (i = 0; i < p->views.n; i++)
    {
      *slot_of(p->views.v[i].iob) = NULL;
    }
}

/* Find out which extents are still viewed by one who viewed them before */

static void find_new(struct mpkt_s *p)
{
  unsigned int i;

  for (i = 0; i < p->now.n; i++)
    {
      struct iob_s *iob = p->now.v[i].iob;

      *slot_of(iob) = ext_find(ext_peek(iob).base);
    }
}

static void find_old(struct mpkt_s *p)
{
  unsigned int i;

  for (i = 0; i < p->views.n; i++)
    {
      struct mview_s *view = &p->views.v[i];

      view->ext->leaving++;
#ifdef CONFIG_IOB_SHARED
      view->ext->stays = view->ext->stays ||
                         *slot_of(view->iob) == view->ext;
#else
      view->ext->stays = true;
#endif
    }
}

/* A packet that this step did not touch: no field and no byte changed */

static void check_untouched(const struct mpkt_s *p)
{
  struct iob_s *iob = p->head;
  unsigned int i;

  EXPECT_EQ(iob->io_pktlen, p->len);

  for (i = 0; i < p->views.n; i++)
    {
      const struct mview_s *view = &p->views.v[i];
      uint8_t *from = view->data - view->head;
      unsigned int n = view->head + view->len + view->tail;

      EXPECT(iob == view->iob);
      EXPECT(IOB_DATA(iob) == view->data);
      EXPECT_EQ(iob->io_len, view->len);
      EXPECT_EQ(iob->io_offset, view->head);
      EXPECT_EQ(IOB_FREESPACE(iob), view->tail);
      EXPECT(memcmp(from, view->ext->shadow + (from - view->ext->base),
                    n) == 0);
      iob = iob->io_flink;
    }

  EXPECT(iob == NULL);
}

/* The whole state *********************************************************/

#ifdef CONFIG_IOB_SHARED

/* Room of one view is in nobody else's window, and who may write is who is
 * alone.
 */

static void check_extent(const struct mext_s *ext)
{
  const struct mview_s *a;
  const struct mview_s *b;

  for (a = ext->views; a != NULL; a = a->peer)
    {
      EXPECT_EQ(iob_writable(a->iob), view_sole(a));
      EXPECT(!ext_const(ext) || (a->head == 0 && a->tail == 0));

      for (b = ext->views; b != NULL; b = b->peer)
        {
          const uint8_t *from = b->data - b->head;
          const uint8_t *to = b->data + b->len + b->tail;

          if (a != b)
            {
              EXPECT(a->head == 0 || from >= a->data ||
                     to <= a->data - a->head);
              EXPECT(a->tail == 0 || from >= a->data + a->len + a->tail ||
                     to <= a->data + a->len);
            }
        }
    }
}

/* The reserves lie behind the common granules, in the order of the classes.
 * Returns where that of a class begins; that of the next is its end.
 */

static unsigned int reserve_start(unsigned int cls)
{
  static const unsigned int units[IOB_NCLASSES] =
  {
    IOB_RESERVE_RX, IOB_RESERVE_TX, IOB_RESERVE_CTRL, IOB_RESERVE_RING
  };

  unsigned int start = IOB_COMMONUNITS;
  unsigned int i;

  for (i = 0; i < cls; i++)
    {
      start += units[i];
    }

  return start;
}

/* The class that an extent is charged to */

static unsigned int charged_to(const struct mext_s *ext)
{
  unsigned int unit = (ext->base - g_iob_arena) / IOB_GRANULE;
  unsigned int cls = 0;

  if (unit < IOB_COMMONUNITS)
    {
      return ext->cls;
    }

  while (unit >= reserve_start(cls + 1))
    {
      cls++;
    }

  return cls;
}

/* Mark the granules of the extents; those that stand ready, too */

#define MAP_FREE     0
#define MAP_TAKEN    1
#define MAP_STANDING 2
#define MAP_RESERVED 3

static void draw_map(void)
{
  unsigned int i;
  unsigned int j;

  memset(g_m.map, MAP_FREE, IOB_COMMONUNITS);
  memset(&g_m.map[IOB_COMMONUNITS], MAP_RESERVED, IOB_RESERVEUNITS);
#if CONFIG_IOB_NMINIMUM > 0
  for (i = 0; i < 2 * CONFIG_IOB_NMINIMUM; i++)
    {
      memset(&g_m.map[(g_iob.standing[i & 1][i / 2].base - g_iob_arena) /
                      IOB_GRANULE], MAP_STANDING, IOB_MINUNITS);
    }
#endif

  for (i = 0; i < g_m.nexts; i++)
    {
      const struct mext_s *ext = g_m.exts[i];
      size_t offset = (size_t)(ext->base - g_iob_arena);

      if (ext->units > 0)
        {
          unsigned int unit = offset / IOB_GRANULE;
          unsigned int want = ext->standing ? MAP_STANDING :
                              unit >= IOB_COMMONUNITS ? MAP_RESERVED :
                              MAP_FREE;

          EXPECT_EQ(offset % IOB_GRANULE, 0);
          EXPECT_LE(unit + ext->units, IOB_NUNITS);
          for (j = unit; j < unit + ext->units; j++)
            {
              EXPECT_EQ(g_m.map[j], want);
              g_m.map[j] = MAP_TAKEN;
            }
        }
    }
}

/* What each class uses, in granules and in descriptors.  An extent that was
 * shared has one more descriptor.
 */

static void count_classes(struct mbudget_s *units, struct mbudget_s *views)
{
  unsigned int i;
  unsigned int j;

  memset(units, 0, sizeof(*units));
  memset(views, 0, sizeof(*views));

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      views->reserve[i] = IOB_VIEWS(reserve_start(i + 1) - reserve_start(i));
    }

  for (i = 0; i < g_m.nexts; i++)
    {
      const struct mext_s *ext = g_m.exts[i];

      if (ext->units > 0 && !ext->standing)
        {
          units->used[charged_to(ext)] += ext->units;
        }

      views->used[ext->cls] += ext->common != NULL;
    }

  for (i = 0; i < NPKTS; i++)
    {
      const struct mlist_s *list = &g_m.pkt[i].views;

      for (j = 0; j < list->n; j++)
        {
          unsigned int flags = list->v[j].iob->io_flags;

          views->used[flags & IOB_F_CLASS] +=
            (flags & (IOB_F_EMBED | IOB_F_SPARE)) == 0;
        }
    }

  units->nfree = IOB_NUNITS - IOB_STANDUNITS;
  views->nfree = IOB_NVIEWS - 2 * CONFIG_IOB_NMINIMUM;
  for (i = 0; i < IOB_NCLASSES; i++)
    {
      units->nfree -= units->used[i];
      views->nfree -= views->used[i];
    }
}

static void check_counts(void)
{
  struct mbudget_s units;
  struct mbudget_s views;
  struct iob_info_s info;
  unsigned int i;

  draw_map();
  count_classes(&units, &views);
  iob_getinfo(&info);

  EXPECT_EQ(info.used / IOB_GRANULE,
            IOB_NUNITS - IOB_STANDUNITS - units.nfree);
  EXPECT_EQ(info.views_used,
            IOB_NVIEWS - 2 * CONFIG_IOB_NMINIMUM - views.nfree);
  EXPECT_LE(info.used, info.highwater);
  EXPECT_LE(info.views_used, info.views_highwater);

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      EXPECT_EQ(info.class_used[i] / IOB_GRANULE, units.used[i]);
      EXPECT_EQ(info.class_views[i], views.used[i]);
    }

  EXPECT_EQ(info.nshare, g_m.count.nshare);
  EXPECT_EQ(info.nbounce, g_m.count.nbounce);
  EXPECT_EQ(info.ncopybreak, g_m.count.ncopybreak);
  EXPECT_EQ(info.nringkeep, g_m.count.nringkeep);
  EXPECT_EQ(info.nringdrop, g_m.count.nringdrop);
  EXPECT_EQ(info.ndefer, g_m.count.ndefer);
  EXPECT_EQ(info.nkick, g_m.count.nkick);
  EXPECT_EQ(info.nminimum, g_m.count.nminimum);
  EXPECT_EQ(info.nsaturated, 0);
  EXPECT_EQ(info.fault, 0);
  EXPECT_EQ(info.stats.nwait, 0);
}

static void check_defers(void)
{
  unsigned int i;

  for (i = 0; i < NDEFERS; i++)
    {
      struct mdefer_s *defer = &g_m.defer[i];

      EXPECT_EQ(defer->kicks, defer->active && defer->gone > 0);
      if (defer->kicks > 0)
        {
          g_m.count.nkick++;
          defer->active = false;
          EXPECT(defer->d.df_ext == NULL);
        }

      EXPECT(!defer->active || defer->ext != NULL);
      defer->kicks = 0;
      defer->gone  = 0;
    }
}

static void check_all(void)
{
  unsigned int i;
  unsigned int j;

  for (i = 0; i < g_m.nexts; i++)
    {
      g_m.exts[i]->views = NULL;
    }

  for (i = 0; i < NPKTS; i++)
    {
      struct mlist_s *list = &g_m.pkt[i].views;

      for (j = 0; j < list->n; j++)
        {
          list->v[j].peer       = list->v[j].ext->views;
          list->v[j].ext->views = &list->v[j];
        }
    }

  for (i = 0; i < g_m.nexts; i++)
    {
      check_extent(g_m.exts[i]);
    }

  check_counts();
  EXPECT_EQ(iob_check(), 0);
}

static void reported(const struct iob_report_s *report)
{
  static const char * const names[] =
  {
    "double free", "foreign", "interior", "overrun", "underrun",
    "use after free", "shared write", "leak", "chain", "count", "arena"
  };

  fprintf(stderr, "iob_model: reported: %s: iob %p extent %p size %u "
          "offset %u\n", names[report->kind], report->iob,
          (const void *)report->base, report->size, report->offset);
  model_fail(__LINE__, "no report", 0, 0);
}

#else /* CONFIG_IOB_SHARED */

static void check_defers(void)
{
}

static void check_all(void)
{
}

#endif /* CONFIG_IOB_SHARED */

static void check_queues(void)
{
  unsigned int used = 0;
  unsigned int bytes;
  unsigned int i;
  unsigned int j;

  for (i = 0; i < NQUEUES; i++)
    {
      struct mqueue_s *queue = &g_m.queue[i];

      bytes = 0;
      for (j = 0; j < queue->n; j++)
        {
          bytes += queue->pkt[j]->len;
        }

      used += queue->n;
      EXPECT_EQ(iob_get_queue_entry_count(&queue->q), queue->n);
      EXPECT_EQ(iob_get_queue_size(&queue->q), bytes);
      EXPECT(iob_peek_queue(&queue->q) ==
             (queue->n > 0 ? queue->pkt[0]->head : NULL));
      EXPECT_EQ(IOB_QEMPTY(&queue->q), queue->n == 0);
    }

  EXPECT_EQ(iob_qentry_navail(), CONFIG_IOB_NCHAINS - used);
}

static void for_touched(void (*run)(struct mpkt_s *))
{
  unsigned int i;

  for (i = 0; i < NPKTS; i++)
    {
      if (g_m.pkt[i].touched && g_m.pkt[i].where != FREE_SLOT)
        {
          run(&g_m.pkt[i]);
        }
    }
}

/* Compare after a step */

static void settle(bool full)
{
  unsigned int i;

  for (i = 0; i < NPKTS; i++)
    {
      struct mpkt_s *p = &g_m.pkt[i];

      if (p->touched && p->where != FREE_SLOT)
        {
          check_touched(p);
        }
      else if (full && p->where != FREE_SLOT)
        {
          check_untouched(p);
        }
    }

  for_touched(clear_slots);
  for_touched(find_new);
  for (i = 0; i < g_m.nexts; i++)
    {
      g_m.exts[i]->leaving = 0;
      g_m.exts[i]->stays   = false;
    }

  for_touched(find_old);
  for_touched(clear_slots);
  for_touched(adopt_new);
  for_touched(adopt_old);

  for (i = 0; i < NPKTS; i++)
    {
      g_m.pkt[i].touched   = false;
      g_m.pkt[i].may_empty = false;
    }

  check_outside();
  check_defers();
  if (full)
    {
      check_queues();
      check_all();
    }
}

/* What must succeed *******************************************************/

enum can_e
{
  CANNOT,
  MAY,
  MUST
};

#ifdef CONFIG_IOB_SHARED

static unsigned int budget_avail(const struct mbudget_s *b, unsigned int cls)
{
  unsigned int others = 0;
  unsigned int i;

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      if (i != cls && b->used[i] < b->reserve[i])
        {
          others += b->reserve[i] - b->used[i];
        }
    }

  return b->nfree > others ? b->nfree - others : 0;
}

static unsigned int units_of(unsigned int size)
{
  return size > 0 ? (size + IOB_REDZONE + IOB_GRANULE - 1) / IOB_GRANULE : 1;
}

/* The longest run of granules of one kind among some */

static unsigned int longest_run(unsigned int start, unsigned int end,
                                unsigned int kind)
{
  unsigned int longest = 0;
  unsigned int run = 0;

  for (; start < end; start++)
    {
      run     = g_m.map[start] == kind ? run + 1 : 0;
      longest = MAX(longest, run);
    }

  return longest;
}

/* n granules for a class: of its reserve, or common ones.  Granules in a
 * block of small extents are not for others, so that a common run may be of
 * no use at its ends.
 */

static enum can_e can_run(unsigned int n, unsigned int cls)
{
  unsigned int longest;

  draw_map();
  if (longest_run(reserve_start(cls), reserve_start(cls + 1),
                  MAP_RESERVED) >= n)
    {
      return MUST;
    }

  longest = longest_run(0, IOB_COMMONUNITS, MAP_FREE);
  return longest < n ? CANNOT :
         longest < n + 2 * (1536 / IOB_GRANULE) ? MAY : MUST;
}

static enum can_e can_take(unsigned int size, unsigned int cls)
{
  struct mbudget_s units;
  struct mbudget_s views;
  unsigned int n = units_of(size);

  if (size > IOB_MAXEXTENT || n > IOB_MAXUNITS)
    {
      return CANNOT;
    }

  count_classes(&units, &views);
  return budget_avail(&views, cls) < 1 ? CANNOT : can_run(n, cls);
}

/* Compare with what happened.  What did not wait and failed for lack of a
 * run has emptied the cache first.
 */

static void expect_take(enum can_e can, unsigned int size, bool taken)
{
  if (taken)
    {
      EXPECT(can != CANNOT || g_m.blocked > 0);
    }
  else
    {
      EXPECT(can != MUST);
      EXPECT(can == CANNOT || g_m.blocked > 0 ||
             iob_arena_runs(units_of(size), 1) == 0);
    }
}

/* Descriptors that any class can have */

static unsigned int spare_views(void)
{
  struct mbudget_s units;
  struct mbudget_s views;
  unsigned int least = ANY;
  unsigned int i;

  count_classes(&units, &views);
  for (i = 0; i < IOB_NCLASSES; i++)
    {
      least = MIN(least, budget_avail(&views, i));
    }

  return least;
}

static enum can_e can_alloc(bool throttled)
{
  return can_take(CONFIG_IOB_BUFSIZE,
                  throttled ? IOB_CLASS_RX : IOB_CLASS_TX);
}

/* There is memory for all the buffers that writing n bytes to a packet can
 * need: copies of what it views, and more buffers.
 */

static bool plenty(const struct mpkt_s *p, unsigned int n, bool throttled)
{
  unsigned int nbufs = n / CONFIG_IOB_BUFSIZE + 2;
  unsigned int want = nbufs * IOB_POOLUNITS;
  unsigned int largest = MAX(IOB_POOLUNITS, units_of(n));
  unsigned int i;

  for (i = 0; i < p->views.n; i++)
    {
      unsigned int size = p->views.v[i].head + p->views.v[i].len +
                          p->views.v[i].tail;

      want   += units_of(size);
      largest = MAX(largest, units_of(size));
    }

  (void)throttled;
  draw_map();
  return spare_views() >= p->views.n + nbufs &&
         longest_run(0, IOB_COMMONUNITS, MAP_FREE) >=
         want + largest + 2 * (1536 / IOB_GRANULE);
}

#else /* CONFIG_IOB_SHARED */

static unsigned int pool_avail(bool throttled)
{
  unsigned int used = 0;
  unsigned int i;

  for (i = 0; i < g_m.nexts; i++)
    {
      used += g_m.exts[i]->out == NULL &&
              g_m.exts[i]->size == CONFIG_IOB_BUFSIZE;
    }

  used += throttled ? CONFIG_IOB_THROTTLE : 0;
  return CONFIG_IOB_NBUFFERS > used ? CONFIG_IOB_NBUFFERS - used : 0;
}

static enum can_e can_alloc(bool throttled)
{
  return pool_avail(throttled) > 0 ? MUST : CANNOT;
}

static void expect_take(enum can_e can, unsigned int size, bool taken)
{
  (void)size;
  EXPECT(!taken || can != CANNOT || g_m.blocked > 0);
  EXPECT(taken || can != MUST);
}

static bool plenty(const struct mpkt_s *p, unsigned int n, bool throttled)
{
  return pool_avail(throttled) >=
         p->views.n + n / CONFIG_IOB_BUFSIZE + 2;
}

#endif /* CONFIG_IOB_SHARED */

/* The hook of the port: other tasks, while the library waits **************/

static void free_pkt(struct mpkt_s *p)
{
  iob_free_chain(p->head);
  drop(p);
}

/* Free the first packet of a queue */

static bool free_queued(unsigned int i)
{
  struct mqueue_s *queue = &g_m.queue[i];
  struct mpkt_s *p = queue->pkt[0];
  struct iob_s *iob;

  if (queue->n == 0 || p->touched)
    {
      return false;
    }

  note("  meanwhile free %u from queue %u", nameof(p), i);
  iob = iob_remove_queue(&queue->q);
  EXPECT(iob == p->head);
  memmove(&queue->pkt[0], &queue->pkt[1], --queue->n * sizeof(p));
  free_pkt(p);
  return true;
}

static void free_isr(void *arg)
{
  free_pkt(arg);
}

static int model_block(sem_t *sem, uint32_t ticks)
{
  unsigned int what = take() % 8;
  struct mpkt_s *p;

  (void)sem;
  g_m.blocked++;
  EXPECT(!g_m.inirq);

  if (ticks != HOST_FOREVER && (what == 0 || g_m.done))
    {
      return 0;
    }

  if (ticks != HOST_FOREVER && what == 1)
    {
      host_clock_advance(1 + take() % 4);
      return 1;
    }

  if (what > 5 && (free_queued(0) || free_queued(1)))
    {
      return 1;
    }

  p = some_pkt();
  if (p == NULL)
    {
      if (free_queued(0) || free_queued(1))
        {
          return 1;
        }

      return ticks != HOST_FOREVER ? 0 : -ECANCELED;
    }

  note("  meanwhile free %u", nameof(p));
  if (what == 2)
    {
      host_interrupt(free_isr, p);
    }
  else
    {
      free_pkt(p);
    }

  return 1;
}

/* Operations: allocation **************************************************/

static void op_free(void);

/* A packet of one empty iob that was just allocated */

static void new_pkt(struct mpkt_s *p, struct iob_s *iob, unsigned int size,
                    unsigned int headroom)
{
  struct mview_s *view;

  EXPECT(iob->io_flink == NULL);
  EXPECT_EQ(iob->io_len, 0);
  EXPECT_EQ(iob->io_pktlen, 0);
  EXPECT_EQ(iob->io_offset, headroom);
  EXPECT_LE(size, IOB_FREESPACE(iob));

  p->where = IN_HAND;
  p->head  = iob;
  p->len   = 0;
  touch(p, CHECK_WANT);
  view       = list_add(&p->want);
  view->iob  = iob;
  view->data = IOB_DATA(iob);
}

static struct iob_s *last_iob(const struct mpkt_s *p)
{
  struct iob_s *iob = p->head;

  while (iob->io_flink != NULL)
    {
      iob = iob->io_flink;
    }

  return iob;
}

/* Write behind the data, as a driver or a stack does it: with the fields */

static void append(struct mpkt_s *p, unsigned int n)
{
  struct iob_s *iob = last_iob(p);
  uint8_t *end = IOB_DATA(iob) + iob->io_len;

  n = MIN(n, (unsigned int)IOB_FREESPACE(iob));
  n = p->len > MAXLEN ? 0 : n;
  fill(end, n);
  iob->io_len        += n;
  p->head->io_pktlen += n;
  memcpy(insert(p, p->len, n), end, n);
  p->want.v[p->want.n - 1].len += n;
}

static void op_alloc(void)
{
  struct mpkt_s *p = empty_slot();
  bool throttled = (take() & 1) != 0;
  unsigned int how = take() % 4;
  unsigned int ms = take() % 6;
  struct iob_s *iob;
  enum can_e can;

  if (p == NULL)
    {
      op_free();
      return;
    }

  note("alloc %u how %u throttled %d", nameof(p), how, throttled);
  can = can_alloc(throttled);

  if (how == 0)
    {
      iob = iob_timedalloc(throttled, ms);
    }
  else if (how == 1)
    {
      iob = iob_alloc(throttled);
    }
  else
    {
      iob = iob_tryalloc(throttled);
    }

  expect_take(can, CONFIG_IOB_BUFSIZE, iob != NULL);
  if (iob != NULL)
    {
      EXPECT_EQ(IOB_BUFSIZE(iob), CONFIG_IOB_BUFSIZE);
      EXPECT_EQ((uintptr_t)iob->io_data % CONFIG_IOB_ALIGNMENT, 0);
      new_pkt(p, iob, CONFIG_IOB_BUFSIZE, 0);
      append(p, take() % 4 != 0 ? pick(CONFIG_IOB_BUFSIZE + 1) : 0);
    }
}

/* As many as iob_navail() says, and when nothing is out, no more */

static void op_navail(void)
{
  struct iob_s *list = NULL;
  struct iob_s *iob;
  bool throttled = (take() & 1) != 0;
  bool exact = g_m.nexts == 0;
  int navail = iob_navail(throttled);
  int n = 0;

  note("navail %d of throttled %d", navail, throttled);
  while (n < navail + 1 && (iob = iob_tryalloc(throttled)) != NULL)
    {
      iob->io_flink = list;
      list = iob;
      n++;
    }

  EXPECT_LE(navail, n);
  EXPECT(!exact || n == navail);
  while (list != NULL)
    {
      iob  = list;
      list = iob->io_flink;
      iob->io_flink = NULL;
      iob_free_chain(iob);
    }
}

#if defined(CONFIG_IOB_SHARED) || defined(CONFIG_IOB_ALLOC)

static void op_dynamic(void)
{
  struct mpkt_s *p = empty_slot();
  unsigned int size = pick_size() & 0xffff;
  struct iob_s *iob;

  if (p == NULL)
    {
      op_free();
      return;
    }

  note("dynamic %u size %u", nameof(p), size);
#ifndef CONFIG_IOB_SHARED
  size += size == CONFIG_IOB_BUFSIZE;  /* The model tells them by that */
#endif
#ifdef CONFIG_IOB_SHARED
  enum can_e can = can_take(size, IOB_CLASS_TX);

  iob = iob_alloc_dynamic(size);
  expect_take(can, size, iob != NULL);
#else
  iob = iob_alloc_dynamic(size);
#endif

  if (iob != NULL)
    {
      EXPECT_EQ((uintptr_t)iob->io_data % CONFIG_IOB_ALIGNMENT, 0);
      new_pkt(p, iob, size, 0);
      append(p, pick(size + 1));
    }
}

static struct mout_s *new_outside(enum outkind_e kind, unsigned int size)
{
  unsigned int skip = take() % 8 * sizeof(void *);
  struct mout_s *out = NULL;
  void *block;
  unsigned int i;

  for (i = 0; i < NOUTSIDE && out == NULL; i++)
    {
      if (g_m.out[i].mem == NULL)
        {
          out = &g_m.out[i];
        }
    }

  if (out != NULL)
    {
      /* All that follows must depend on the stream alone, not on where the
       * heap puts this.
       */

      size += size == 0;
      EXPECT(posix_memalign(&block, 64, size + skip) == 0);
      out->block    = block;
      out->mem      = out->block + skip;
      out->size     = size;
      out->kind     = kind;
      out->callback = true;
      fill(out->mem, out->size);
    }

  return out;
}

static void forget_outside(struct mout_s *out)
{
  EXPECT_EQ(out->calls, 0);
  free(out->block);
  free(out->copy);
  memset(out, 0, sizeof(*out));
}

static void op_with_data(void)
{
  struct mpkt_s *p = empty_slot();
  unsigned int size = 1 + pick(3000);
  struct mout_s *out = p != NULL ? new_outside(OUT_DATA, size) : NULL;
  struct iob_s *iob;
  bool can = true;

  if (out == NULL)
    {
      op_free();
      return;
    }

  note("with_data %u size %u", nameof(p), size);
#ifdef CONFIG_IOB_SHARED
  struct mbudget_s units;
  struct mbudget_s views;

  count_classes(&units, &views);
  can = budget_avail(&views, IOB_CLASS_TX) >= 2;
#endif

  iob = iob_alloc_with_data(out->mem, size, out_freed);
#ifdef CONFIG_IOB_SHARED
  EXPECT_EQ(iob != NULL, can);
#else
  (void)can;
#endif

  if (iob == NULL)
    {
      forget_outside(out);
      return;
    }

  EXPECT(iob->io_data == out->mem);
  EXPECT_EQ(IOB_BUFSIZE(iob), size);
  new_pkt(p, iob, size, 0);
  append(p, pick(size + 1));
}

static void op_init_with_data(void)
{
  struct mpkt_s *p = empty_slot();
  unsigned int size = take() % 4 == 0 ? take() : 1 + pick(3000);
  unsigned int skew = take() % 8 == 0;
  struct mout_s *out;
  struct iob_s *iob;

  out = p != NULL ? new_outside(OUT_EMBED, size + skew) : NULL;
  if (out == NULL)
    {
      op_free();
      return;
    }

  note("init_with_data %u size %u skew %u", nameof(p), size, skew);
  iob = iob_init_with_data(out->mem + skew, size, out_freed);

  if (skew != 0 || size <= sizeof(struct iob_s))
    {
      EXPECT(iob == NULL);
    }
  else if (size >= 2 * sizeof(struct iob_s) + CONFIG_IOB_ALIGNMENT)
    {
      EXPECT(iob != NULL);
    }

  if (iob == NULL)
    {
      forget_outside(out);
      return;
    }

  EXPECT((uint8_t *)iob == out->mem);
  EXPECT(iob->io_data > out->mem &&
         iob->io_data + IOB_BUFSIZE(iob) <= out->mem + size);
  out->ndesc = 1;
  new_pkt(p, iob, 1, 0);
  append(p, pick(size + 1));
}
#endif /* CONFIG_IOB_SHARED || CONFIG_IOB_ALLOC */

#ifdef CONFIG_IOB_SHARED

static void op_rodata(void)
{
  struct mpkt_s *p = empty_slot();
  unsigned int size = 1 + pick(3000);
  struct mout_s *out = p != NULL ? new_outside(OUT_CONST, size) : NULL;
  struct mbudget_s units;
  struct mbudget_s views;
  struct iob_s *iob;

  if (out == NULL)
    {
      op_free();
      return;
    }

  out->callback = take() % 4 != 0;
  out->copy     = new_buf(size);
  memcpy(out->copy, out->mem, size);
  count_classes(&units, &views);

  note("rodata %u size %u callback %d", nameof(p), size, out->callback);
  iob = iob_alloc_rodata(out->mem, size, out->callback ? out_freed : NULL);
  EXPECT_EQ(iob != NULL, budget_avail(&views, IOB_CLASS_TX) >= 2);

  if (iob == NULL)
    {
      forget_outside(out);
      return;
    }

  EXPECT(iob->io_data == out->mem);
  EXPECT_EQ(iob->io_len, size);
  EXPECT_EQ(iob->io_pktlen, size);
  EXPECT_EQ(iob->io_offset, 0);
  p->where = IN_HAND;
  p->head  = iob;
  touch(p, CHECK_BYTES);
  set_bytes(p, out->mem, size);
}

static void op_contig(void)
{
  static const unsigned int heads[] =
  {
    0, 0, 14, 64, 128, 146
  };

  struct mpkt_s *p = empty_slot();
  unsigned int size = pick_size();
  unsigned int which = take() % 8;
  unsigned int headroom = which < 6 ? heads[which] : pick_size();
  unsigned int cls = take() % IOB_NCLASSES;
  unsigned int how = take() % 4;
  unsigned int ms = take() % 6;
  struct iob_s *iob;
  enum can_e can;

  if (p == NULL)
    {
      op_free();
      return;
    }

  note("contig %u size %u headroom %u class %u how %u", nameof(p), size,
       headroom, cls, how);
  can = headroom <= IOB_MAXEXTENT && size <= IOB_MAXEXTENT - headroom ?
        can_take(size + headroom, cls) : CANNOT;

  if (how == 0)
    {
      iob = iob_timedalloc_contig(size, headroom, cls, ms);
    }
  else if (how == 1)
    {
      iob = iob_alloc_contig(size, headroom, cls);
    }
  else
    {
      iob = iob_tryalloc_contig(size, headroom, cls);
    }

  expect_take(can, size + headroom, iob != NULL);
  if (iob != NULL)
    {
      EXPECT_EQ((uintptr_t)iob->io_data % IOB_GRANULE, 0);
      EXPECT_EQ(iob->io_flags & IOB_F_CLASS, cls);
      new_pkt(p, iob, size, headroom);
      append(p, take() % 8 != 0 ? pick(size + 1) : 0);
    }
}

static const uint8_t g_holder[NHOLDERS];

/* The holder has one of the standing extents; how many stand ready */

static bool has_standing(const void *holder, unsigned int cls,
                         unsigned int *ready)
{
  bool has = false;
  unsigned int i;

  *ready = CONFIG_IOB_NMINIMUM;
  for (i = 0; i < g_m.nexts; i++)
    {
      struct mext_s *ext = g_m.exts[i];

      if (ext->standing && ext->cls == cls)
        {
          (*ready)--;
          has = has || ext->holder == holder;
        }
    }

  return has;
}

static void op_minimum(void)
{
  struct mpkt_s *p = empty_slot();
  const void *holder = &g_holder[take() % NHOLDERS];
  unsigned int size = pick(IOB_MINSEGMENT + 4);
  unsigned int headroom = pick(IOB_MINHEAD + 4);
  unsigned int kind = take();
  unsigned int cls = kind < 16 ? kind % IOB_NCLASSES : kind % 2;
  unsigned int ms = take() % 2 == 0 ? 0 : take() % 6;
  unsigned int ready;
  struct iob_s *iob;
  enum can_e can;
  bool valid;
  bool has;

  if (p == NULL)
    {
      op_free();
      return;
    }

  note("minimum %u holder %u size %u headroom %u class %u ms %u", nameof(p),
       (unsigned int)((const uint8_t *)holder - g_holder), size, headroom,
       cls, ms);

  valid = size <= IOB_MINSEGMENT && headroom <= IOB_MINHEAD &&
          (cls == IOB_CLASS_RX || cls == IOB_CLASS_TX);
  can   = can_take(size + headroom, cls);
  has   = has_standing(holder, cls, &ready);
  iob   = iob_alloc_minimum(holder, size, headroom, cls, ms);

  EXPECT(valid || iob == NULL);
  EXPECT(!valid || iob != NULL || can != MUST);
  EXPECT(!valid || iob != NULL || has || ready == 0);
  EXPECT(iob == NULL || can != CANNOT || (!has && ready > 0) ||
         g_m.blocked > 0);

  if (iob != NULL)
    {
      new_pkt(p, iob, size, headroom);
      append(p, pick(size + 1));

      if ((iob->io_flags & IOB_F_STANDING) != 0)
        {
          struct mlist_s *now = &p->views;

          /* Known at once, so that its holder can be noted */

          *list_add(now)  = p->want.v[0];
          now->v[0].ext   = ext_ref(iob);
          now->v[0].ext->holder = holder;
          *slot_of(iob)   = now->v[0].ext;
          EXPECT(!has);
          g_m.count.nminimum++;
        }
    }
}
#endif /* CONFIG_IOB_SHARED */

/* Operations: one packet **************************************************/

/* Part of a packet.  It often begins or ends where a buffer does, and is
 * sometimes not all there.
 */

static unsigned int pick_offset(const struct mpkt_s *p)
{
  unsigned int kind = take();
  unsigned int at = 0;
  unsigned int n;

  if (kind < 128)
    {
      return pick(p->len + 1);
    }

  for (n = take() % (p->views.n + 1); n > 0; n--)
    {
      at += p->views.v[n - 1].len;
    }

  if (kind < 160 && at > 0)
    {
      at--;
    }
  else if (kind < 192)
    {
      at++;
    }

  return at;
}

static void op_append(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int n = pick_size();

  if (p != NULL)
    {
      note("append %u n %u", nameof(p), n);
      touch(p, CHECK_WANT);
      append(p, n);
    }
}

/* Write over data, where the library says that it may be written */

static void op_write(void)
{
  struct mpkt_s *p = some_pkt();
  struct mview_s *view;
  unsigned int at = 0;
  unsigned int from;
  unsigned int n;
  unsigned int i;

  if (p == NULL)
    {
      return;
    }

  i = pick(p->views.n);
  for (n = 0; n < i; n++)
    {
      at += p->views.v[n].len;
    }

  view = &p->views.v[i];
  if (iob_writable(view->iob) && view->len > 0)
    {
      from = pick(view->len);
      n    = 1 + pick(MIN(view->len - from, 256));
      note("write %u at %u n %u", nameof(p), at + from, n);
      touch(p, CHECK_WANT);
      fill(view->data + from, n);
      memcpy(p->bytes + at + from, view->data + from, n);
    }
}

static void op_free(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int how = take() % 4;
  struct iob_s *iob;
  unsigned int n;

  if (p == NULL)
    {
      return;
    }

  note("free %u how %u", nameof(p), how);
  if (how != 0)
    {
      free_pkt(p);
      return;
    }

  /* Only the first iob */

  n   = p->views.v[0].len;
  iob = iob_free(p->head);
  EXPECT_EQ(iob != NULL, p->views.n > 1);
  if (iob == NULL)
    {
      drop(p);
      return;
    }

  touch(p, CHECK_WANT);
  EXPECT(iob == p->views.v[1].iob);
  p->head = iob;
  cut(p, 0, n);
  list_remove(&p->want, 0);
}

static void op_burst(void)
{
  unsigned int n = take() % NPKTS;
  struct mpkt_s *p;

  note("free %u packets", n);
  while (n-- > 0 && (p = some_pkt()) != NULL)
    {
      free_pkt(p);
    }
}

/* What the list says after n bytes have gone from the front: emptied buffers
 * are freed, except the last.
 */

static void want_trimhead(struct mpkt_s *p, unsigned int n)
{
  cut(p, 0, MIN(n, p->len));
  while (n > 0 && p->want.n > 1 && p->want.v[0].len <= n)
    {
      n -= p->want.v[0].len;
      list_remove(&p->want, 0);
    }

  n = MIN(n, p->want.v[0].len);
  p->want.v[0].len  -= n;
  p->want.v[0].data += n;
}

/* The same at the end; the first is kept if "keep" */

static void want_trimtail(struct mpkt_s *p, unsigned int n, bool keep)
{
  cut(p, p->len - MIN(n, p->len), MIN(n, p->len));
  while (n > 0 && p->want.n > keep &&
         p->want.v[p->want.n - 1].len <= n)
    {
      n -= p->want.v[p->want.n - 1].len;
      p->want.n--;
    }

  if (p->want.n > 0)
    {
      n = MIN(n, p->want.v[p->want.n - 1].len);
      p->want.v[p->want.n - 1].len -= n;
    }
}

static void op_trimhead(void)
{
  struct mpkt_s *p = some_pkt();
  struct mqueue_s *queue = &g_m.queue[take() % NQUEUES];
  unsigned int n;

  if (take() % 8 == 0)
    {
      /* The first packet of a queue */

      p = queue->n > 0 ? queue->pkt[0] : NULL;
      n = p != NULL ? pick_offset(p) : 5;
      note("trimhead_queue n %u", n);
      if (p != NULL)
        {
          touch(p, p->empties ? CHECK_BYTES : CHECK_WANT);
          want_trimhead(p, n);
          p->head = iob_trimhead_queue(&queue->q, n);
        }
      else
        {
          EXPECT(iob_trimhead_queue(&queue->q, n) == NULL);
        }
    }
  else if (p != NULL)
    {
      n = pick_offset(p);
      note("trimhead %u n %u", nameof(p), n);
      touch(p, p->empties ? CHECK_BYTES : CHECK_WANT);
      want_trimhead(p, n);
      p->head = iob_trimhead(p->head, n);
    }
}

static void op_trimtail(void)
{
  struct mpkt_s *p = some_pkt();
  struct iob_s *iob;
  unsigned int n;

  if (p == NULL)
    {
      return;
    }

  n = pick_offset(p);
  note("trimtail %u n %u", nameof(p), n);
  touch(p, p->empties ? CHECK_BYTES : CHECK_WANT);
  iob = iob_trimtail(p->head, n);

  if (n > 0 && n >= p->len && (p->len > 0 || iob == NULL))
    {
      EXPECT(iob == NULL);
      drop(p);
    }
  else
    {
      want_trimtail(p, n, false);
      EXPECT(iob == p->head);
    }
}

static void op_reserve(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int n = 1 + pick(300);
  unsigned int most;

  if (p == NULL || p->views.n != 1 || p->len > 0)
    {
      return;
    }

  note("reserve %u n %u", nameof(p), n);
  most = view_sole(&p->views.v[0]) ? p->views.v[0].ext->size :
         p->views.v[0].head + p->views.v[0].tail;
  touch(p, CHECK_LENS);
  iob_reserve(p->head, n);
  EXPECT_LE(p->head->io_offset, n);
  EXPECT_EQ(p->head->io_offset, MIN(n, most));
}

static void op_pack(void)
{
  struct mpkt_s *p = some_pkt();
  bool sole = true;
  struct iob_s *iob;
  unsigned int i;

  if (p == NULL)
    {
      return;
    }

  note("pack %u", nameof(p));
  for (i = 0; i < p->views.n; i++)
    {
      sole = sole && view_sole(&p->views.v[i]);
    }

  touch(p, CHECK_BYTES);
  p->head = iob_pack(p->head);

  for (iob = p->head; iob->io_flink != NULL && sole; iob = iob->io_flink)
    {
      EXPECT_EQ(IOB_FREESPACE(iob), 0);
    }
}

static void op_contig_first(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int n;
  int ret;

  if (p == NULL)
    {
      return;
    }

  n = take() % 2 == 0 ? pick(400) : pick_offset(p);
  note("contig first %u n %u", nameof(p), n);

  if (n > p->len)
    {
      touch(p, CHECK_WANT);
      EXPECT_EQ(iob_contig(p->head, n), -EINVAL);
    }
  else if (n <= p->views.v[0].len)
    {
      touch(p, CHECK_WANT);
      EXPECT_EQ(iob_contig(p->head, n), 0);
    }
  else
    {
      bool enough = plenty(p, n, false);

      touch(p, CHECK_BYTES);
      g_m.may_resize = true;
      ret = iob_contig(p->head, n);
      if (ret < 0)
        {
          EXPECT(ret == -ENOMEM || ret == -ENOSPC);
#ifdef CONFIG_IOB_SHARED
          EXPECT(!enough || n > IOB_MAXEXTENT);
#else
          EXPECT(!enough || n > IOB_BUFSIZE(p->head));
#endif
          touch(p, CHECK_LENS);
        }
      else
        {
          EXPECT_LE(n, p->head->io_len);
        }
    }
}

static void op_update_pktlen(void)
{
  struct mpkt_s *p = some_pkt();
  bool throttled = (take() & 1) != 0;
  unsigned int old;
  unsigned int n;
  int ret;

  if (p == NULL || p->len > MAXLEN)
    {
      return;
    }

  old = p->len;
  n   = take() % 4 == 0 ? old + pick(3000) : pick_offset(p);
  note("update_pktlen %u n %u", nameof(p), n);
  EXPECT_EQ(iob_update_pktlen(NULL, n, throttled), -EINVAL);

  if (n <= old)
    {
      touch(p, p->empties ? CHECK_BYTES : CHECK_WANT);
      want_trimtail(p, old - n, true);
      EXPECT_EQ(iob_update_pktlen(p->head, n, throttled), n);
    }
  else
    {
      bool enough = plenty(p, n - old, throttled);
      struct iob_s *iob;
      unsigned int at = 0;

      touch(p, CHECK_GROW);
      ret = iob_update_pktlen(p->head, n, throttled);
      EXPECT_LE(old, ret);
      EXPECT_LE(ret, n);
      EXPECT(!enough || (unsigned int)ret == n);

      /* The bytes that were added are the caller's to write */

      n = ret;
      fill(insert(p, old, n - old), n - old);
      for (iob = p->head; iob != NULL && at < n; iob = iob->io_flink)
        {
          unsigned int skip = at < old ? MIN(old - at, iob->io_len) : 0;

          EXPECT_LE(at + iob->io_len, n);
          memcpy(IOB_DATA(iob) + skip, p->bytes + at + skip,
                 iob->io_len - skip);
          at += iob->io_len;
        }
    }
}

static void op_read(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int n = pick(3000);
  uint8_t *buf;
  int offset;
  int want;
  int ret;

  if (p == NULL)
    {
      return;
    }

  EXPECT_EQ(iob_count(p->head), p->views.n);
  EXPECT_EQ(iob_count(NULL), 0);
  offset = take() % 4 == 0 ? -(int)pick(80) : (int)pick_offset(p);
  note("copyout %u offset %d n %u", nameof(p), offset, n);
  touch(p, CHECK_WANT);

  buf  = new_buf(n);
  ret  = iob_copyout(buf, p->head, n, offset);
  want = offset < (int)p->len ? MIN(n, p->len - offset) : 0;

  if (-offset > (int)p->views.v[0].head)
    {
      EXPECT_EQ(ret, -ESPIPE);
    }
  else if (offset < 0)
    {
      unsigned int before = MIN(n, (unsigned int)-offset);

      EXPECT_EQ(ret, want);
      EXPECT(memcmp(buf, p->views.v[0].data + offset, before) == 0);
      EXPECT(memcmp(buf + before, p->bytes, want - before) == 0);
    }
  else if (offset <= (int)p->len || ret >= 0)
    {
      EXPECT_EQ(ret, want);
      EXPECT(memcmp(buf, p->bytes + offset, want) == 0 || want == 0);
    }

  free(buf);
}

/* Write into a packet, before it and behind it */

static void op_copyin(void)
{
  struct mpkt_s *p = some_pkt();
  bool throttled = (take() & 1) != 0;
  bool block = take() % 4 == 0;
  unsigned int n = take() % 2 == 0 ? take() : pick(3000);
  unsigned int own;
  bool enough;
  uint8_t *src;
  int offset;
  int ret;

  if (p == NULL || p->len > MAXLEN)
    {
      return;
    }

  offset = take() % 4 == 0 ? -(int)pick(80) : (int)pick_offset(p);
  note("copyin %u offset %d n %u throttled %d block %d", nameof(p), offset,
       n, throttled, block);

  own    = view_headroom(&p->views.v[0]);
  enough = plenty(p, n, throttled);
  src    = new_buf(n);
  fill(src, n);
  touch(p, p->empties ? CHECK_BYTES : CHECK_GROW);
  ret = block ? iob_copyin(p->head, src, n, offset, throttled) :
                iob_trycopyin(p->head, src, n, offset, throttled);

  if (offset > (int)p->len)
    {
      EXPECT_EQ(ret, -ESPIPE);
    }
  else if (-offset > (int)own)
    {
      EXPECT(ret == -ESPIPE || ret == -ENOSPC);
    }
  else if (ret >= 0)
    {
      unsigned int before = offset < 0 ? MIN(n, (unsigned int)-offset) : 0;
      unsigned int at = offset < 0 ? 0 : offset;
      unsigned int end = at + n - before;

      EXPECT_EQ(ret, n);
      EXPECT(memcmp(IOB_DATA(p->head) + offset, src, before) == 0);
      if (end > p->len)
        {
          insert(p, p->len, end - p->len);
        }

      memcpy(p->bytes + at, src + before, n - before);
    }
  else
    {
      EXPECT(!enough);
    }

  if (ret < 0)
    {
      touch(p, p->empties ? CHECK_BYTES : CHECK_LENS);
    }

  free(src);
}

/* Operations: two packets *************************************************/

static void op_concat(void)
{
  struct mpkt_s *p = some_pkt();
  struct mpkt_s *q = some_pkt();

  if (p == NULL || q == p || p->len + q->len > MAXLEN ||
      p->views.n + q->views.n > MAXVIEWS)
    {
      return;
    }

  note("concat %u and %u", nameof(p), nameof(q));
  touch(p, p->len == 0 || q->len == 0 || p->empties || q->empties ?
           CHECK_BYTES : CHECK_WANT);
  p->may_empty = true;

  memcpy(insert(p, p->len, q->len), q->bytes, q->len);
  list_append(&p->want, &q->views);
  list_append(&p->views, &q->views);
  iob_concat(p->head, q->head);

  q->views.n = 0;
  q->touched = true;
  q->where   = FREE_SLOT;
  q->head    = NULL;
  q->empties = false;
}

/* A destination: a packet that is there, or a new one */

static struct mpkt_s *some_empty(const struct mpkt_s *but)
{
  struct mpkt_s *q = empty_slot();
  struct iob_s *iob;
  unsigned int i;

  for (i = 0; i < NPKTS; i++)
    {
      struct mpkt_s *p = &g_m.pkt[i];

      if (p != but && p->where == IN_HAND && !p->touched && p->len == 0 &&
          p->views.n == 1)
        {
          return p;
        }
    }

  if (q == NULL || (iob = iob_tryalloc(false)) == NULL)
    {
      return NULL;
    }

  new_pkt(q, iob, 1, 0);
  settle(false);
  return q;
}

static void op_clone(void)
{
  struct mpkt_s *p = some_pkt();
  struct mpkt_s *q = p != NULL ? some_empty(p) : NULL;
  bool throttled = (take() & 1) != 0;
  bool block = take() % 4 == 0;
  bool enough;
  int ret;

  if (q == NULL)
    {
      return;
    }

  note("clone %u to %u block %d", nameof(p), nameof(q), block);
  enough = plenty(q, p->len, throttled);
  touch(p, CHECK_WANT);
  touch(q, CHECK_BYTES);
  ret = iob_clone(p->head, q->head, throttled, block);

  EXPECT(ret == 0 || (ret < 0 && !enough));
  if (ret == 0)
    {
      set_bytes(q, p->bytes, p->len);
    }
}

static void op_clone_partial(void)
{
  struct mpkt_s *p = some_pkt();
  struct mpkt_s *q = some_pkt();
  bool throttled = (take() & 1) != 0;
  bool block = take() % 4 == 0;
  unsigned int n = take() % 2 == 0 ? take() : pick(3000);
  unsigned int before;
  unsigned int kept;
  bool valid;
  int offset1;
  int offset2;
  int ret;

  if (p == NULL || q == p)
    {
      return;
    }

  offset1 = take() % 8 == 0 ? -(int)pick(40) : (int)pick_offset(p);
  offset2 = take() % 8 == 0 ? -(int)pick(40) : (int)pick_offset(q);
  if (take() % 2 == 0 && offset1 <= (int)p->len)
    {
      n = pick(p->len - offset1 + 1);
    }

  note("clone_partial %u from %d n %u to %u at %d block %d", nameof(p),
       offset1, n, nameof(q), offset2, block);
  valid = -offset1 <= (int)p->views.v[0].head &&
          offset1 + (int)n <= (int)p->len && offset2 <= (int)q->len &&
          -offset2 <= (int)view_headroom(&q->views.v[0]);
  valid = valid && plenty(q, n + q->len, throttled);

  touch(p, CHECK_WANT);
  touch(q, CHECK_BYTES);
  before = offset1 < 0 ? MIN(n, (unsigned int)-offset1) : 0;
  insert(q, q->len, 0);
  ret = iob_clone_partial(p->head, n, offset1, q->head, offset2, throttled,
                          block);

  if (ret < 0)
    {
      EXPECT(!valid);
      touch(q, q->empties ? CHECK_BYTES : CHECK_LENS);
    }
  else
    {
      /* The bytes to copy, then where they begin in the destination */

      uint8_t *all = new_buf(n);
      unsigned int skip = offset2 < 0 ? MIN(n, (unsigned int)-offset2) : 0;

      EXPECT(offset1 + (int)n <= (int)p->len);
      memcpy(all, IOB_DATA(p->head) + offset1, before);
      memcpy(all + before, p->bytes + (offset1 < 0 ? 0 : offset1),
             n - before);
      EXPECT(skip == 0 ||
             memcmp(IOB_DATA(q->head) + offset2, all, skip) == 0);
      /* Before them, what was in the first buffer stays; the rest is of no
       * particular value.
       */

      kept   = q->views.v[0].len;
      q->len = offset2 < 0 ? 0 : offset2;
      need(q, q->len);
      if (q->len > kept)
        {
          iob_copyout(q->bytes + kept, q->head, q->len - kept, kept);
        }

      memcpy(insert(q, q->len, n - skip), all + skip, n - skip);
      free(all);
    }
}

/* Operations: queues ******************************************************/

static void enqueue(unsigned int i, bool block)
{
  struct mqueue_s *queue = &g_m.queue[i];
  struct mpkt_s *p = some_pkt();
  int navail = iob_qentry_navail();
  int ret;

  if (p == NULL)
    {
      return;
    }

  note("enqueue %u in %u block %d", nameof(p), i, block);
  touch(p, CHECK_WANT);
  ret = block ? iob_add_queue(p->head, &queue->q) :
                iob_tryadd_queue(p->head, &queue->q);

  EXPECT(ret == 0 || (ret < 0 && navail == 0));
  EXPECT(ret < 0 || navail > 0 || g_m.blocked > 0);
  if (ret == 0)
    {
      p->where = IN_QUEUE + i;
      queue->pkt[queue->n++] = p;
    }
}

/* Take the first packet out of a queue */

static void dequeue(unsigned int i)
{
  struct mqueue_s *queue = &g_m.queue[i];
  struct mpkt_s *p = queue->pkt[0];

  if (queue->n == 0)
    {
      EXPECT(iob_remove_queue(&queue->q) == NULL);
      EXPECT(iob_peek_queue(&queue->q) == NULL);
      return;
    }

  note("dequeue %u from %u", nameof(p), i);
  touch(p, CHECK_WANT);
  EXPECT(iob_peek_queue(&queue->q) == p->head);
  EXPECT(iob_remove_queue(&queue->q) == p->head);
  p->where = IN_HAND;
  queue->n--;
  memmove(&queue->pkt[0], &queue->pkt[1], queue->n * sizeof(p));
}

/* Free any packet of a queue; nothing happens to one that is elsewhere */

static void free_in_queue(unsigned int i, unsigned int at)
{
  struct mqueue_s *queue = &g_m.queue[i];
  struct mpkt_s *p = some_pkt();

  if (p != NULL && at % 4 == 0)
    {
      note("free %u, which is not in %u", nameof(p), i);
      iob_free_queue_qentry(p->head, &queue->q);
    }
  else if (queue->n > 0)
    {
      at = at % queue->n;
      p  = queue->pkt[at];
      note("free %u, which is in %u at %u", nameof(p), i, at);
      iob_free_queue_qentry(p->head, &queue->q);
      drop(p);
      queue->n--;
      memmove(&queue->pkt[at], &queue->pkt[at + 1],
              (queue->n - at) * sizeof(p));
    }
}

static void op_queue(void)
{
  unsigned int i = take() % NQUEUES;
  unsigned int what = take() % 16;
  unsigned int j;

  if (what < 8)
    {
      enqueue(i, what < 2);
    }
  else if (what < 13)
    {
      dequeue(i);
    }
  else if (what < 15)
    {
      free_in_queue(i, take());
    }
  else
    {
      struct mqueue_s *queue = &g_m.queue[i];

      note("free queue %u", i);
      iob_free_queue(&queue->q);
      for (j = 0; j < queue->n; j++)
        {
          drop(queue->pkt[j]);
        }

      queue->n = 0;
    }
}

/* Operations: sharing *****************************************************/

#ifdef CONFIG_IOB_SHARED

/* The views that a share of these bytes would make, in p->want; NULL if the
 * packet does not hold them.
 */

static bool want_share(struct mpkt_s *p, const struct mpkt_s *from,
                       unsigned int offset, unsigned int len)
{
  unsigned int i;

  p->want.n = 0;
  if (len == 0 || offset > from->len || len > from->len - offset)
    {
      return false;
    }

  for (i = 0; i < from->views.n && len > 0; i++)
    {
      const struct mview_s *view = &from->views.v[i];

      if (offset >= view->len)
        {
          offset -= view->len;
        }
      else
        {
          struct mview_s *want = list_add(&p->want);

          want->data = view->data + offset;
          want->len  = MIN(len, view->len - offset);
          want->ext  = view->ext;
          len       -= want->len;
          offset     = 0;
        }
    }

  return true;
}

/* Tail-room stays; head-room goes along with the first byte */

static void check_share(const struct mpkt_s *p, const struct mpkt_s *from,
                        unsigned int offset)
{
  const struct mview_s *first = &from->views.v[0];
  struct iob_s *iob;
  unsigned int i = 0;

  for (iob = p->head; iob != NULL; iob = iob->io_flink)
    {
      EXPECT_EQ(IOB_FREESPACE(iob), 0);
      EXPECT(iob == p->head || iob->io_offset == 0);
    }

  for (iob = from->head; iob != NULL; iob = iob->io_flink)
    {
      EXPECT_LE(from->views.v[i].tail, IOB_FREESPACE(iob));
      i++;
    }

  if (offset == 0 && first->len > 0)
    {
      EXPECT_LE(first->head, p->head->io_offset);
      EXPECT_EQ(from->head->io_offset, 0);
    }
  else if (from->views.n == 1)
    {
      EXPECT_EQ(p->head->io_offset, 0);
      EXPECT_LE(first->head, from->head->io_offset);
    }
}

/* Views that a share made and gave up again kick, too */

static void share_gave_up(unsigned int most)
{
  struct iob_info_s info;
  unsigned int i;

  iob_getinfo(&info);
  EXPECT_LE(g_m.count.nshare, info.nshare);
  EXPECT_LE(info.nshare, g_m.count.nshare + most);
  g_m.count.nshare = info.nshare;

  for (i = 0; i < NDEFERS; i++)
    {
      g_m.defer[i].gone += g_m.defer[i].kicks > 0;
    }
}

static void op_share(void)
{
  struct mpkt_s *p = empty_slot();
  struct mpkt_s *from = some_pkt();
  unsigned int offset;
  unsigned int len;
  bool valid;

  if (p == NULL || from == NULL)
    {
      op_free();
      return;
    }

  offset = take() % 3 == 0 ? 0 : pick_offset(from);
  len    = pick_offset(from);
  len    = take() % 2 == 0 && len >= offset ? len - offset : len;
  note("share %u as %u offset %u len %u", nameof(from), nameof(p), offset,
       len);

  valid = want_share(p, from, offset, len);
  touch(from, CHECK_WANT);
  p->head = iob_share(from->head, offset, len);

  EXPECT(valid || p->head == NULL);
  EXPECT(!valid || p->head != NULL || spare_views() < 2 * p->want.n);

  if (p->head != NULL)
    {
      check_share(p, from, offset);
      p->touched = true;
      p->check   = CHECK_WANT;
      p->where   = IN_HAND;
      set_bytes(p, from->bytes + offset, len);
      g_m.count.nshare += p->want.n;
    }
  else
    {
      share_gave_up(from->views.n);
    }
}

/* Share until descriptors lack, into one long packet */

static void op_share_many(void)
{
  struct mpkt_s *p = empty_slot();
  struct mpkt_s *from = some_pkt();
  unsigned int n = take() % 128;
  struct iob_s *iob;
  unsigned int offset;
  unsigned int each;
  unsigned int len;
  unsigned int i;
  unsigned int j;

  if (p == NULL || from == NULL)
    {
      return;
    }

  offset = pick_offset(from);
  len    = 1 + pick(MIN(from->len, 1000) + 1);
  note("share %u as %u %u times offset %u len %u", nameof(from), nameof(p),
       n, offset, len);
  if (!want_share(p, from, offset, len))
    {
      return;
    }

  each   = p->want.n;
  p->len = 0;
  touch(from, CHECK_WANT);
  for (i = 0; i < n && p->len + len <= MAXLEN; i++)
    {
      iob = iob_share(from->head, offset, len);
      if (iob == NULL)
        {
          share_gave_up(each);
          break;
        }

      g_m.count.nshare += each;
      memcpy(insert(p, p->len, len), from->bytes + offset, len);
      if (i == 0)
        {
          p->head = iob;
        }
      else
        {
          for (j = 0; j < each; j++)
            {
              struct mview_s view = p->want.v[j];

              *list_add(&p->want) = view;
            }

          iob_concat(p->head, iob);
        }
    }

  if (i > 0)
    {
      p->touched = true;
      p->check   = CHECK_WANT;
      p->where   = IN_HAND;
    }
}

static void op_unshare(void)
{
  struct mpkt_s *p = some_pkt();
  struct iob_info_s before;
  struct iob_info_s after;
  struct mview_s *view;
  unsigned int size;
  enum can_e can;
  bool writable;
  int ret;

  if (p == NULL)
    {
      return;
    }

  /* An empty one may have no room at all: it gets a whole buffer */

  view     = &p->views.v[pick(p->views.n)];
  size     = view->head + view->len + view->tail;
  size     = view->len > 0 ? size : MAX(size, CONFIG_IOB_BUFSIZE);
  writable = view_sole(view);
  can      = can_take(size, view->iob->io_flags & IOB_F_CLASS);
  note("unshare %u view %u", nameof(p), (unsigned int)(view - p->views.v));

  iob_getinfo(&before);
  touch(p, writable ? CHECK_WANT : CHECK_LENS);
  ret = iob_unshare(view->iob);
  iob_getinfo(&after);

  EXPECT(ret == 0 || ret == -ENOMEM);
  EXPECT(ret == 0 || !writable);
  if (!writable)
    {
      expect_take(can, size, ret == 0);
    }

  EXPECT_EQ(iob_writable(view->iob), ret == 0);
  EXPECT_EQ(after.ncopy - before.ncopy, ret == 0 && !writable);
  EXPECT_EQ(after.bytes_copied - before.bytes_copied,
            ret == 0 && !writable ? view->len : 0);
  EXPECT_EQ(after.nalloc - before.nalloc, ret == 0 && !writable);

  if (ret < 0)
    {
      touch(p, CHECK_WANT);
    }
}

static void op_push(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int own;
  unsigned int n;
  int ret;

  if (p == NULL || p->len > MAXLEN)
    {
      return;
    }

  own = view_headroom(&p->views.v[0]);
  n   = take() % 2 == 0 ? take() : own + pick(3) - 1;
  n   = n > 0x10000 ? 0 : n;
  note("push %u n %u", nameof(p), n);
  touch(p, CHECK_WANT);
  ret = iob_push(p->head, n);
  EXPECT_EQ(ret, n <= own ? 0 : -ENOSPC);

  if (ret == 0)
    {
      uint8_t *hole = insert(p, 0, n);

      fill(hole, n);
      memcpy(IOB_DATA(p->head), hole, n);
      p->want.v[0].data -= n;
      p->want.v[0].len  += n;
    }
}

static void op_pull(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int len;
  unsigned int n;
  int ret;

  if (p == NULL)
    {
      return;
    }

  len = p->views.v[0].len;
  n   = take() % 4 == 0 ? len + pick(3) - 1 : pick(MIN(len, 200) + 1);
  note("pull %u n %u", nameof(p), n);
  touch(p, CHECK_WANT);
  ret = iob_pull(p->head, n);
  EXPECT_EQ(ret, n <= len ? 0 : -EINVAL);

  if (ret == 0)
    {
      cut(p, 0, n);
      p->want.v[0].data += n;
      p->want.v[0].len  -= n;
    }
}

static void op_shrink(void)
{
  struct mpkt_s *p = some_pkt();
  struct mview_s *view;
  unsigned int keep;
  int ret;

  if (p == NULL)
    {
      return;
    }

  view = &p->views.v[pick(p->views.n)];
  note("shrink %u view %u", nameof(p), (unsigned int)(view - p->views.v));
  touch(p, CHECK_WANT);
  g_m.may_resize = true;
  ret = iob_shrink(view->iob);

  if (view->ext->out != NULL)
    {
      EXPECT_EQ(ret, -EINVAL);
    }
  else if (view->ext->nviews > 1)
    {
      EXPECT_EQ(ret, -EBUSY);
    }
  else if (view->ext->standing || out_of(view->iob) != NULL)
    {
      /* A descriptor in memory from outside always shares, with itself */

      EXPECT(ret <= 0);
    }
  else
    {
      struct mext_s now = ext_peek(view->iob);

      keep = units_of(view->data + view->len - view->ext->base);
      EXPECT_EQ(ret, (view->ext->units - keep) * IOB_GRANULE);
      EXPECT_EQ(now.units, keep);
      EXPECT(now.base == view->ext->base);
    }
}

/* The granules behind an extent are free */

static bool free_behind(const struct mext_s *ext, unsigned int n)
{
  unsigned int unit = (ext->base - g_iob_arena) / IOB_GRANULE + ext->units;

  draw_map();
  for (; n > 0; n--, unit++)
    {
      if (unit >= IOB_NUNITS || g_m.map[unit] != MAP_FREE)
        {
          return false;
        }
    }

  return true;
}

static void op_grow(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int n = pick_size();
  struct mview_s *view;
  struct mext_s *ext;
  unsigned int size;
  unsigned int more;
  int want;
  int ret;

  if (p == NULL)
    {
      return;
    }

  view = &p->views.v[pick(p->views.n)];
  ext  = view->ext;
  note("grow %u view %u n %u", nameof(p), (unsigned int)(view - p->views.v),
       n);

  size = view->data + view->len - ext->base;
  want = 0;
  if (n > view->tail && (!view_sole(view) || n > ext->size - size))
    {
      if (ext->out != NULL || ext->standing || n > IOB_MAXEXTENT - size ||
          units_of(size + n) > IOB_MAXUNITS)
        {
          want = -EINVAL;
        }
      else if (ext->nviews > 1)
        {
          want = -EBUSY;
        }
      else
        {
          more = MAX(units_of(size + n), ext->units) - ext->units;
          want = free_behind(ext, more) ? 0 : -ENOMEM;
        }
    }

  touch(p, CHECK_WANT);
  g_m.may_resize = true;
  ret = iob_grow(view->iob, n);
  if ((ret != -EINVAL || want != -EBUSY) &&
      (ret != -EBUSY || want != -EINVAL || ext_count(ext) == 1) &&
      (ret != -EBUSY || out_of(view->iob) == NULL))
    {
      EXPECT_EQ(ret, want);
    }

  EXPECT(ret < 0 || (unsigned int)IOB_FREESPACE(view->iob) >= n);
}

static void op_linearize(void)
{
  struct mpkt_s *p = some_pkt();
  unsigned int headroom = take() % 2 == 0 ? 0 : pick(200);
  unsigned int cls = take() % IOB_NCLASSES;
  struct iob_s *iob;
  enum can_e can;

  if (p == NULL)
    {
      return;
    }

  note("linearize %u headroom %u class %u", nameof(p), headroom, cls);
  can = p->len <= IOB_MAXEXTENT ? can_take(p->len + headroom, cls) : CANNOT;

  if (p->views.n == 1 && headroom <= view_headroom(&p->views.v[0]))
    {
      touch(p, CHECK_WANT);
      EXPECT(iob_linearize(p->head, headroom, cls) == p->head);
      EXPECT_LE(headroom, p->head->io_offset);
      return;
    }

  /* Empty buffers may be freed first, and be used for the copy */

  touch(p, p->empties ? CHECK_BYTES : CHECK_WANT);
  g_m.may_resize = p->empties;
  iob = iob_linearize(p->head, headroom, cls);
  /* So may the descriptor of a common part that is needed no more */

  if (!p->empties && iob != p->head && p->views.v[0].ext->common == NULL)
    {
      expect_take(can, p->len + headroom, iob != NULL);
    }

  EXPECT(iob != NULL || can != MUST);
  if (iob != NULL)
    {
      touch(p, CHECK_BYTES);
      EXPECT(iob->io_flink == NULL);
      EXPECT_LE(headroom, iob->io_offset);
      g_m.count.nbounce += iob != p->head;
      p->head = iob;
    }
}

static void op_iov(void)
{
  struct mpkt_s *p = some_pkt();
  struct iob_iov_s *iov;
  unsigned int want = 0;
  unsigned int i;
  int n;
  int ret;

  if (p == NULL)
    {
      return;
    }

  for (i = 0; i < p->views.n; i++)
    {
      want += p->views.v[i].len > 0;
    }

  n   = want + 2 - take() % 4;
  n   = MAX(n, 0);
  iov = malloc(n * sizeof(iov[0]) + 1);
  EXPECT(iov != NULL);
  note("to_iov %u n %d", nameof(p), n);
  touch(p, CHECK_WANT);
  ret = iob_to_iov(p->head, iov, n);
  EXPECT_EQ(ret, n >= (int)want ? (int)want : -EMSGSIZE);

  for (i = 0, n = 0; i < p->views.n && n < ret; i++)
    {
      if (p->views.v[i].len > 0)
        {
          EXPECT(iov[n].iov_base == p->views.v[i].data);
          EXPECT_EQ(iov[n].iov_len, p->views.v[i].len);
          n++;
        }
    }

  free(iov);
}

/* Operations: drivers *****************************************************/

/* Post a buffer */

static void ring_post(unsigned int i)
{
  static const unsigned int sizes[] =
  {
    256, 1514, 1536, 2048, 9216
  };

  unsigned int size = sizes[pick(5)];
  unsigned int headroom = take() % 2 == 0 ? 0 : 14;
  struct mpkt_s *p = empty_slot();
  struct iob_s *iob;
  enum can_e can;

  if (p == NULL)
    {
      return;
    }

  note("ring %u post %u size %u headroom %u", i, nameof(p), size, headroom);
  can = can_take(size + headroom, IOB_CLASS_RING);
  iob = iob_tryalloc_contig(size, headroom, IOB_CLASS_RING);
  expect_take(can, size + headroom, iob != NULL);
  if (iob != NULL)
    {
      new_pkt(p, iob, size, headroom);
      p->where    = IN_RING;
      g_m.ring[i] = p;
    }
}

/* A frame that is kept becomes received data; its place in the ring is taken
 * by a new extent.
 */

static enum can_e can_keep(const struct mpkt_s *p, unsigned int len)
{
  const struct mext_s *ext = p->views.v[0].ext;
  struct mbudget_s units;
  struct mbudget_s views;

  count_classes(&units, &views);
  views.nfree++;
  views.used[IOB_CLASS_RING]--;
  if (2 * len < ext->size || budget_avail(&views, IOB_CLASS_RX) < 1)
    {
      return CANNOT;
    }

  views.nfree--;
  views.used[IOB_CLASS_RX]++;
  return budget_avail(&views, IOB_CLASS_RING) < 1 ? CANNOT :
         can_run(ext->units, IOB_CLASS_RING);
}

/* A frame of len bytes has arrived in a posted buffer */

static void ring_take(unsigned int i, unsigned int len)
{
  struct mpkt_s *p = g_m.ring[i];
  struct mpkt_s *q = empty_slot();
  struct mview_s *view = &p->views.v[0];
  struct iob_s *slot = p->head;
  struct iob_s *frame;
  uint8_t *bytes;
  bool fits = len <= view->tail;
  enum can_e can_kept = fits ? can_keep(p, len) : CANNOT;
  enum can_e can_copied = fits ? can_take(len + view->head, IOB_CLASS_RX) :
                          CANNOT;
  bool keep;

  if (q == NULL)
    {
      return;
    }

  note("ring %u take %u len %u", i, nameof(p), len);
  bytes = new_buf(len);
  fill(bytes, len);
  if (fits)
    {
      memcpy(view->data, bytes, len);
    }

  frame = iob_rxtake(&slot, len);
  EXPECT(slot != NULL && slot != frame);
  EXPECT_EQ(slot->io_len, 0);
  EXPECT_EQ(slot->io_offset, view->head);
  EXPECT_EQ(IOB_BUFSIZE(slot), view->ext->size);
  keep = slot != p->head;
  expect_take(can_kept, view->ext->size, keep);
  if (!keep)
    {
      expect_take(can_copied, len + view->head, frame != NULL);
    }

  if (keep)
    {
      /* The packet stays what it is, but belongs to us now */

      EXPECT(frame == p->head);
      p->where = IN_HAND;
      touch(p, CHECK_WANT);
      p->want.v[0].len = len;
      set_bytes(p, bytes, len);
      g_m.may_resize = true;
      new_pkt(q, slot, view->tail, view->head);
      q->where    = IN_RING;
      g_m.ring[i] = q;
      g_m.count.nringkeep++;
    }
  else
    {
      touch(p, CHECK_WANT);
      g_m.count.ncopybreak += frame != NULL;
      g_m.count.nringdrop  += frame == NULL;
      if (frame != NULL)
        {
          EXPECT_EQ(frame->io_flags & IOB_F_CLASS, IOB_CLASS_RX);
          q->where = IN_HAND;
          q->head  = frame;
          touch(q, CHECK_BYTES);
          set_bytes(q, bytes, len);
        }
    }

  free(bytes);
}

static void op_ring(void)
{
  unsigned int i = take() % NRING;
  unsigned int what = take() % 8;
  struct mpkt_s *p = g_m.ring[i];
  unsigned int size;

  if (p == NULL)
    {
      ring_post(i);
    }
  else if (what == 0)
    {
      note("ring %u free %u", i, nameof(p));
      g_m.ring[i] = NULL;
      free_pkt(p);
    }
  else
    {
      size = p->views.v[0].tail;
      ring_take(i, what < 4 ? pick(size + 3) : size / 2 + pick(30) - 15);
    }
}

static void kicked(struct iob_defer_s *d)
{
  ((struct mdefer_s *)d)->kicks++;
}

static void op_defer(void)
{
  struct mdefer_s *defer = &g_m.defer[take() % NDEFERS];
  struct mpkt_s *p = some_pkt();
  struct mview_s *view;
  bool busy = false;
  unsigned int i;
  int want;

  if (defer->active)
    {
      if (take() % 4 == 0)
        {
          note("undefer %u", (unsigned int)(defer - g_m.defer));
          EXPECT_EQ(iob_undefer(&defer->d), 0);
          EXPECT_EQ(iob_undefer(&defer->d), -ENOENT);
          defer->active = false;
        }

      return;
    }

  if (p == NULL)
    {
      return;
    }

  view = &p->views.v[pick(p->views.n)];
  for (i = 0; i < NDEFERS; i++)
    {
      busy = busy || (g_m.defer[i].active && g_m.defer[i].ext == view->ext);
    }

  note("defer %u on %u view %u", (unsigned int)(defer - g_m.defer),
       nameof(p), (unsigned int)(view - p->views.v));
  touch(p, CHECK_WANT);

  memset(defer, 0, sizeof(*defer));
  EXPECT_EQ(iob_defer(&defer->d, view->iob), -EINVAL);

  defer->d.df_kick = kicked;
  want = busy ? -EBUSY : ext_count(view->ext) > 1 ? 0 : -EAGAIN;
  EXPECT_EQ(iob_defer(&defer->d, view->iob), want);
  defer->active = want == 0;
  defer->ext    = view->ext;
  g_m.count.ndefer += want == 0;
}

/* Operations: texts and counts ********************************************/

static void op_text(void)
{
  unsigned int size = take() % 2 == 0 ? pick(64) : pick(2000);
  char *text = (char *)new_buf(size);
  struct mpkt_s *p = some_pkt();
  struct iob_stats_s stats;
  unsigned int i;
  int length;

  note("text %u", size);
  if (p != NULL)
    {
      iob_dump("packet", p->head, pick(p->len + 20), pick(p->len + 20));
    }

  length = iob_infotext(NULL, 0);
  EXPECT(length > 0);
  EXPECT_EQ(iob_infotext(text, size), length);
  EXPECT(size == 0 || strlen(text) == MIN((unsigned int)length, size - 1));
  free(text);

  text = (char *)new_buf(size);
  EXPECT_EQ(iob_arena_map(text, size), IOB_NUNITS);
  EXPECT(size == 0 || strlen(text) == MIN(IOB_NUNITS, size - 1));
  draw_map();
  for (i = 0; i + 1 < MIN(size, IOB_NUNITS); i++)
    {
      EXPECT_EQ(text[i] == '.' || text[i] == '-',
                g_m.map[i] == MAP_FREE || g_m.map[i] == MAP_RESERVED);
    }

  free(text);
  iob_getstats(&stats);
  EXPECT_EQ(stats.ntotal, IOB_NTOTAL);
  EXPECT_EQ(stats.nfree, iob_navail(false));
  EXPECT_EQ(stats.nwait, 0);
  EXPECT_EQ(stats.nthrottle, 0);
}

#endif /* CONFIG_IOB_SHARED */

#ifdef CONFIG_IOB_NOTIFIER

static void worker(void *arg)
{
  struct mnote_s *entry = arg;

  EXPECT(entry->key > 0);
  entry->calls++;
}

/* A worker runs once, at the latest when everything is free */

static void run_workers(void)
{
  unsigned int i;

  host_work_run();
  for (i = 0; i < NNOTES; i++)
    {
      EXPECT_LE(g_m.note[i].calls, 1);
      if (g_m.note[i].calls > 0)
        {
          memset(&g_m.note[i], 0, sizeof(g_m.note[i]));
        }
    }
}

static void op_notify(void)
{
  struct mnote_s *entry = &g_m.note[take() % NNOTES];

  run_workers();
  if (entry->key == 0)
    {
      entry->key = iob_notifier_setup(LPWORK, worker, entry);
      note("notify %u key %d", (unsigned int)(entry - g_m.note),
           entry->key);
      EXPECT_LE(0, entry->key);
      EXPECT(entry->key > 0 || iob_navail(true) > 0);
    }
  else if (take() % 2 == 0)
    {
      note("no notify %u", (unsigned int)(entry - g_m.note));
      iob_notifier_teardown(entry->key);
      memset(entry, 0, sizeof(*entry));
    }
}
#endif

/* The table ***************************************************************/

#define IRQ  1               /* May be called from an interrupt */

static const struct
{
  void (*run)(void);
  unsigned int weight;
  unsigned int flags;
}

g_ops[] =
{
  { op_alloc, 20, IRQ },
  { op_navail, 2, 0 },
  { op_append, 12, IRQ },
  { op_write, 10, IRQ },
  { op_free, 24, IRQ },
  { op_burst, 1, IRQ },
  { op_trimhead, 10, IRQ },
  { op_trimtail, 10, IRQ },
  { op_reserve, 3, IRQ },
  { op_pack, 6, IRQ },
  { op_contig_first, 8, IRQ },
  { op_update_pktlen, 8, IRQ },
  { op_read, 6, IRQ },
  { op_copyin, 14, IRQ },
  { op_concat, 8, IRQ },
  { op_clone, 4, IRQ },
  { op_clone_partial, 8, IRQ },
  { op_queue, 14, IRQ },
#if defined(CONFIG_IOB_SHARED) || defined(CONFIG_IOB_ALLOC)
  { op_dynamic, 3, 0 },
  { op_with_data, 4, 0 },
  { op_init_with_data, 3, 0 },
#endif
#ifdef CONFIG_IOB_SHARED
  { op_rodata, 4, IRQ },
  { op_contig, 20, IRQ },
  { op_minimum, 6, IRQ },
  { op_share, 22, IRQ },
  { op_share_many, 2, IRQ },
  { op_unshare, 8, IRQ },
  { op_push, 8, IRQ },
  { op_pull, 8, IRQ },
  { op_shrink, 6, IRQ },
  { op_grow, 8, IRQ },
  { op_linearize, 5, IRQ },
  { op_iov, 3, IRQ },
  { op_ring, 10, IRQ },
  { op_defer, 8, IRQ },
  { op_text, 1, IRQ },
#endif
#ifdef CONFIG_IOB_NOTIFIER
  { op_notify, 3, 0 },
#endif
};

#define NOPS (sizeof(g_ops) / sizeof(g_ops[0]))

/* Runs ********************************************************************/

static void op_isr(void *arg)
{
  void (*run)(void) = *(void (**)(void))arg;

  run();
}

static void step(void)
{
  unsigned int at = pick(0x200);
  unsigned int total = 0;
  unsigned int i;
  void (*run)(void);

  for (i = 0; i < NOPS; i++)
    {
      total += g_ops[i].weight;
    }

  at = at % total;
  for (i = 0; at >= g_ops[i].weight; i++)
    {
      at -= g_ops[i].weight;
    }

  run             = g_ops[i].run;
  g_m.blocked     = 0;
  g_m.may_resize  = false;
  g_m.inirq       = (g_ops[i].flags & IRQ) != 0 && take() < 20;

  if (g_m.inirq)
    {
      EXPECT(host_interrupt(op_isr, &run));
      EXPECT_EQ(g_m.blocked, 0);
      g_m.inirq = false;
    }
  else
    {
      run();
    }

  settle(g_m.step % iob_model_every == 0);
}

static void start(void)
{
  iob_initialize();
  g_m.navail0[0] = iob_navail(false);
  g_m.navail0[1] = iob_navail(true);
#ifdef CONFIG_IOB_SHARED
  iob_set_report(reported);
  EXPECT_EQ(iob_check(), 0);
  iob_arena_map(g_m.text0, sizeof(g_m.text0));
  iob_getinfo(&g_m.info0);
#endif
}

/* Free everything, and find all as it was at the start */

static void finish(void)
{
  unsigned int i;

  note("free everything");
  for (i = 0; i < NQUEUES; i++)
    {
      while (free_queued(i))
        {
        }
    }

  for (i = 0; i < NPKTS; i++)
    {
      if (g_m.pkt[i].where != FREE_SLOT)
        {
          free_pkt(&g_m.pkt[i]);
        }
    }

  settle(true);
  EXPECT_EQ(g_m.nexts, 0);

#ifdef CONFIG_IOB_SHARED
  /* What is in the cache may break up runs */

  iob_flush();
#endif

  EXPECT_EQ(iob_navail(false), g_m.navail0[0]);
  EXPECT_EQ(iob_navail(true), g_m.navail0[1]);

#ifdef CONFIG_IOB_SHARED
  struct iob_info_s info;

  iob_arena_map(g_m.text, sizeof(g_m.text));
  for (i = 0; i < IOB_NUNITS; i++)
    {
      g_m.text[i] = g_m.text[i] == '-' ? '.' : g_m.text[i];
    }

  EXPECT(strcmp(g_m.text, g_m.text0) == 0);
  iob_getinfo(&info);
  EXPECT_EQ(info.used, g_m.info0.used);
  EXPECT_EQ(info.views_used, g_m.info0.views_used);
  EXPECT_EQ(iob_check(), 0);
#endif

#ifdef CONFIG_IOB_DEBUG
#  ifdef CONFIG_IOB_SHARED
  EXPECT_EQ(iob_leaks(), 0);
#  endif
#endif

#ifdef CONFIG_IOB_NOTIFIER
  run_workers();
  for (i = 0; i < NNOTES; i++)
    {
      EXPECT_EQ(g_m.note[i].key, 0);
    }
#endif
}

/* Give back the memory of the model */

static void forget(void)
{
  unsigned int i;

  for (i = 0; i < NPKTS; i++)
    {
      free(g_m.pkt[i].bytes);
      free(g_m.pkt[i].views.v);
      free(g_m.pkt[i].want.v);
      free(g_m.pkt[i].now.v);
    }

  for (i = 0; i < g_m.nexts; i++)
    {
      free(g_m.exts[i]->shadow);
      free(g_m.exts[i]);
    }

  for (i = 0; i < NOUTSIDE; i++)
    {
      free(g_m.out[i].block);
      free(g_m.out[i].copy);
    }

  free(g_m.exts);
  memset(&g_m, 0, sizeof(g_m));
}

static int run_model(void)
{
  volatile int ret = -1;

  host_port_reset();
  host_panic_hook = panicked;
  host_block_hook = model_block;
  host_log_level  = -1;
  g_m.running     = true;
  g_m.fill        = g_m.seed;

  if (setjmp(g_m.env) == 0)
    {
      start();
      while (!g_m.done && (g_m.nsteps == 0 || g_m.step < g_m.nsteps))
        {
          g_m.step++;
          step();
        }

      finish();
      ret = 0;
    }

  g_m.running = false;
  forget();
  host_port_reset();
  return ret;
}

int iob_model_run(const uint8_t *bytes, size_t n)
{
  g_m.bytes = bytes;
  g_m.n     = n;
  g_m.done  = n == 0;
  return run_model();
}

int iob_model_random(uint64_t seed, unsigned long steps)
{
  g_m.seed   = seed;
  g_m.random = seed;
  g_m.nsteps = steps;
  return steps > 0 ? run_model() : 0;
}

void iob_model_bytes(uint64_t seed, uint8_t *bytes, size_t n)
{
  size_t i;

  memset(&g_m, 0, sizeof(g_m));
  g_m.random = seed;
  for (i = 0; i < n; i++)
    {
      bytes[i] = take();
    }
}

uint64_t iob_model_option(const char *name, uint64_t value, unsigned int gate)
{
  const char *text = getenv(name);
  const char *isgate = getenv("GATE");

  if (text != NULL && text[0] != '\0')
    {
      return strtoull(text, NULL, 0);
    }

  return isgate != NULL && isgate[0] == '1' ? value * gate : value;
}
