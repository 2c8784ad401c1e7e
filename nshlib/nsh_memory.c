/* nshlib/nsh_memory.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Memory, texts and vectors that grow.
 *
 * A shell that cannot get a few hundred bytes cannot do anything sensible
 * with the error either: it says so and ends.  So nothing here returns NULL.
 *
 * All memory of a shell is in one list.  A shell that ends has given back
 * all of it; of one that was killed, which in a kernel of tasks frees
 * nothing, another shell frees the list.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nsh.h"

#define CHUNK 2000                     /* Bytes: the words of a usual line */

struct nsh_chunk_s
{
  struct nsh_chunk_s *next;
  size_t used;
  size_t size;
  max_align_t data[];
};

/* A piece of memory, in the list of the shell that it belongs to */

struct nsh_block_s
{
  struct nsh_link_s link;
  max_align_t data[];
};

void nsh_link_init(struct nsh_link_s *list)
{
  list->next = list->prev = list;
}

void *nsh_malloc(size_t size)
{
  return nsh_realloc(NULL, size);
}

void *nsh_realloc(void *old, size_t size)
{
  struct nsh_link_s *link = NULL;
  struct nsh_block_s *block;

  if (old != NULL)
    {
      link = &((struct nsh_block_s *)
               ((char *)old - offsetof(struct nsh_block_s, data)))->link;
      link->next->prev = link->prev;   /* Out, where it was */
      link->prev->next = link->next;
    }

  block = realloc(link, sizeof(*block) + size);
  if (block == NULL)
    {
      free(link);
      fputs("nsh: out of memory\n", stderr);
      exit(NSH_FAILURE);
    }

  link = nsh_memory();
  block->link.next = link->next;
  block->link.prev = link;
  link->next->prev = &block->link;
  link->next = &block->link;
  return block->data;
}

void nsh_free(void *mem)
{
  if (mem != NULL)
    {
      struct nsh_link_s *link =
        &((struct nsh_block_s *)
          ((char *)mem - offsetof(struct nsh_block_s, data)))->link;

      link->next->prev = link->prev;
      link->prev->next = link->next;
      free(link);
    }
}

/* What a shell that was killed has left. */

void nsh_free_all(struct nsh_link_s *list)
{
  while (list->next != list)
    {
      struct nsh_link_s *link = list->next;

      list->next = link->next;
      free(link);
    }

  list->prev = list;
}

char *nsh_strdup(const char *text)
{
  size_t size = strlen(text) + 1;

  return memcpy(nsh_malloc(size), text, size);
}

/* Zeroed memory that lives as long as the arena. */

void *nsh_alloc(struct nsh_arena_s *arena, size_t size)
{
  struct nsh_chunk_s *chunk = arena->chunks;
  size_t align = sizeof(max_align_t);
  void *mem;

  size = (size + align - 1) / align * align;
  if (chunk == NULL || chunk->size - chunk->used < size)
    {
      size_t room = size > CHUNK ? size : CHUNK;

      chunk = nsh_malloc(sizeof(*chunk) + room);
      chunk->next = arena->chunks;
      chunk->used = 0;
      chunk->size = room;
      arena->chunks = chunk;
    }

  mem = (char *)chunk->data + chunk->used;
  chunk->used += size;
  return memset(mem, 0, size);
}

char *nsh_text(struct nsh_arena_s *arena, const char *text, size_t len)
{
  char *copy = nsh_alloc(arena, len + 1);

  if (len > 0)
    {
      memcpy(copy, text, len);
    }

  return copy;
}

char *nsh_format(struct nsh_arena_s *arena, const char *format, ...)
{
  va_list ap;
  char *text;
  int len;

  va_start(ap, format);
  len = vsnprintf(NULL, 0, format, ap);
  va_end(ap);

  text = nsh_alloc(arena, (size_t)len + 1);
  va_start(ap, format);
  vsnprintf(text, (size_t)len + 1, format, ap);
  va_end(ap);
  return text;
}

void nsh_arena_free(struct nsh_arena_s *arena)
{
  struct nsh_chunk_s *chunk;

  while ((chunk = arena->chunks) != NULL)
    {
      arena->chunks = chunk->next;
      nsh_free(chunk);
    }
}

void nsh_buf_add(struct nsh_buf_s *buf, const char *text, size_t len)
{
  if (buf->size - buf->len <= len)
    {
      buf->size = 2 * (buf->len + len) + 32;
      buf->text = nsh_realloc(buf->text, buf->size);
    }

  if (len > 0)
    {
      memcpy(buf->text + buf->len, text, len);
    }

  buf->len += len;
  buf->text[buf->len] = '\0';
}

void nsh_buf_putc(struct nsh_buf_s *buf, char c)
{
  nsh_buf_add(buf, &c, 1);
}

/* Makes it an empty text; it is not NULL afterwards. */

void nsh_buf_clear(struct nsh_buf_s *buf)
{
  buf->len = 0;
  nsh_buf_add(buf, "", 0);
}

void nsh_buf_free(struct nsh_buf_s *buf)
{
  nsh_free(buf->text);
  memset(buf, 0, sizeof(*buf));
}

void nsh_args_add(struct nsh_args_s *args, char *arg)
{
  if (args->size - args->n < 2)
    {
      args->size = 2 * args->size + 8;
      args->v = nsh_realloc(args->v, args->size * sizeof(*args->v));
    }

  args->v[args->n++] = arg;
  args->v[args->n] = NULL;
}

void nsh_args_free(struct nsh_args_s *args)
{
  nsh_free(args->v);
  memset(args, 0, sizeof(*args));
}
