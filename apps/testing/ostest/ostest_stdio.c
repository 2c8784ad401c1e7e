/****************************************************************************
 * apps/testing/ostest/ostest_stdio.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/****************************************************************************
 * Included Files
 ****************************************************************************/

#if __has_include(<nuttx/config.h>)
#  include <nuttx/config.h>
#endif

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define NLINES  200
#define NWRITERS 3

/****************************************************************************
 * Private Data
 ****************************************************************************/

static FILE *g_in;
static FILE *g_out;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: stdio_open
 *
 * Description:
 *   Two streams, from one to the other through a pipe.
 *
 ****************************************************************************/

static void stdio_open(void)
{
  int fd[2];

  CHECK(pipe(fd) == 0);
  g_in  = fdopen(fd[0], "r");
  g_out = fdopen(fd[1], "w");
  CHECK(g_in != NULL && g_out != NULL);
  CHECK(fileno(g_in) == fd[0]);
}

/****************************************************************************
 * Name: stdio_close
 *
 * Description:
 *   Close what is open.
 *
 ****************************************************************************/

static void stdio_close(void)
{
  if (g_out != NULL)
    {
      CHECK(fclose(g_out) == 0);
    }

  CHECK(fclose(g_in) == 0);
  g_in  = NULL;
  g_out = NULL;
}

/****************************************************************************
 * Name: stdio_lines
 *
 * Description:
 *   Lines that are written are read, up to the end.
 *
 ****************************************************************************/

static void stdio_lines(void)
{
  char text[40];

  stdio_open();
  CHECK(fprintf(g_out, "%s %d %5.2f\n", "one", 2, 3.0) == 12);
  CHECK(fputs("second\n", g_out) >= 0);
  CHECK(putc('x', g_out) == 'x');
  CHECK(fwrite("yz", 1, 2, g_out) == 2);
  CHECK(fclose(g_out) == 0);
  g_out = NULL;

  CHECK(fgets(text, sizeof(text), g_in) == text);
  CHECK(strcmp(text, "one 2  3.00\n") == 0);
  CHECK(fgets(text, 4, g_in) == text);
  CHECK(strcmp(text, "sec") == 0);
  CHECK(fgets(text, sizeof(text), g_in) == text);
  CHECK(strcmp(text, "ond\n") == 0);
  CHECK(!feof(g_in));
  CHECK(fread(text, 1, sizeof(text), g_in) == 3);
  CHECK(memcmp(text, "xyz", 3) == 0);
  CHECK(feof(g_in));
  CHECK(!ferror(g_in));
  CHECK(fgets(text, sizeof(text), g_in) == NULL);
  stdio_close();
}

/****************************************************************************
 * Name: stdio_getline
 *
 * Description:
 *   Lines of any length.
 *
 ****************************************************************************/

static void stdio_getline(void)
{
  size_t size = 0;
  char *line = NULL;
  int i;

  stdio_open();
  for (i = 0; i < 1000; i++)
    {
      putc('a' + i % 26, g_out);
    }

  fputs("\nshort", g_out);
  CHECK(fclose(g_out) == 0);
  g_out = NULL;

  CHECK(getline(&line, &size, g_in) == 1001);
  CHECK(line != NULL && line[999] == 'a' + 999 % 26 && line[1000] == '\n');
  CHECK(getline(&line, &size, g_in) == 5);
  CHECK(strcmp(line, "short") == 0);
  CHECK(getline(&line, &size, g_in) == -1);
  free(line);
  stdio_close();
}

/****************************************************************************
 * Name: stdio_unget
 *
 * Description:
 *   What is put back is read first.
 *
 ****************************************************************************/

static void stdio_unget(void)
{
  stdio_open();
  fputs("bc", g_out);
  CHECK(fflush(g_out) == 0);
  CHECK(ungetc('a', g_in) == 'a');
  CHECK(getc(g_in) == 'a');
  CHECK(getc(g_in) == 'b');
  CHECK(ungetc('B', g_in) == 'B');
  CHECK(getc(g_in) == 'B');
  CHECK(getc_unlocked(g_in) == 'c');
  CHECK(ungetc(EOF, g_in) == EOF);
  stdio_close();
}

/****************************************************************************
 * Name: stdio_scan
 *
 * Description:
 *   Words and numbers are found, and nothing is lost between.
 *
 ****************************************************************************/

static void stdio_scan(void)
{
  char word[20];
  int number = 0;
  int c = 0;

  stdio_open();
  fputs("abc 123xyz\n-7 end", g_out);
  CHECK(fclose(g_out) == 0);
  g_out = NULL;

  CHECK(fscanf(g_in, "%19s %d", word, &number) == 2);
  CHECK(strcmp(word, "abc") == 0 && number == 123);
  CHECK(getc(g_in) == 'x');
  CHECK(fscanf(g_in, "%d", &number) == 0);
  CHECK(fscanf(g_in, "yz %d%n", &number, &c) == 1 && number == -7 && c == 5);
  CHECK(fscanf(g_in, "%19s", word) == 1 && strcmp(word, "end") == 0);
  CHECK(fscanf(g_in, "%d", &number) == EOF);
  CHECK(feof(g_in));
  stdio_close();
}

/****************************************************************************
 * Name: stdio_buffer
 *
 * Description:
 *   What is written stays in the buffer as the mode says.
 *
 ****************************************************************************/

static void stdio_buffer(void)
{
  static char buf[100];
  char byte[8];
  int fd[2];
  FILE *fp;

  CHECK(pipe(fd) == 0);
  fp = fdopen(fd[1], "w");
  CHECK(setvbuf(fp, buf, _IOLBF, sizeof(buf)) == 0);
  fputs("ab", fp);
  fputs("c\nd", fp);
  CHECK(read(fd[0], byte, 8) >= 4 && memcmp(byte, "abc\n", 4) == 0);
  CHECK(fflush(fp) == 0);
  CHECK(setvbuf(fp, NULL, _IONBF, 0) == 0);
  putc('e', fp);
  CHECK(read(fd[0], byte, 8) >= 1);
  CHECK(setvbuf(fp, NULL, 77, 0) != 0);
  CHECK(fclose(fp) == 0);
  CHECK(close(fd[0]) == 0);
}

/****************************************************************************
 * Name: stdio_printer
 *
 * Description:
 *   Writes a text that is longer than a buffer, and returns how   long it
 *   was.
 *
 ****************************************************************************/

static void *stdio_printer(void *arg)
{
  static char text[20000];
  int len;

  (void)arg;
  memset(text, 'q', sizeof(text) - 1);
  len = fprintf(g_out, "%s%d", text, 12345);
  fclose(g_out);
  g_out = NULL;
  return len == 20004 ? NULL : text;
}

/****************************************************************************
 * Name: stdio_long
 *
 * Description:
 *   A long text is written as it is.
 *
 ****************************************************************************/

static void stdio_long(void)
{
  pthread_t id;
  void *ret;
  int n = 0;
  int c;

  stdio_open();
  CHECK(pthread_create(&id, NULL, stdio_printer, NULL) == 0);
  while ((c = getc(g_in)) != EOF)
    {
      CHECK(c == (n < 19999 ? 'q' : '1' + n - 19999));
      n++;
    }

  CHECK(n == 20004);
  CHECK(pthread_join(id, &ret) == 0 && ret == NULL);
  stdio_close();
}

/****************************************************************************
 * Name: stdio_writer
 *
 * Description:
 *   Writes lines, a letter of its own in pieces.
 *
 ****************************************************************************/

static void *stdio_writer(void *arg)
{
  int i;

  for (i = 0; i < NLINES; i++)
    {
      fprintf(g_out, "%c%s%c%03d\n", *(char *)arg, "-----------------------",
              *(char *)arg, i);
      if (i % 10 == 0)
        {
          usleep(100);
        }
    }

  return NULL;
}

/****************************************************************************
 * Name: stdio_threads
 *
 * Description:
 *   Threads that write lines do not mix them, though they wait   for the
 *   reader.
 *
 ****************************************************************************/

static void stdio_threads(void)
{
  static char name[NWRITERS] =
  {
    'a', 'b', 'c'
  };

  pthread_t id[NWRITERS];
  char text[80];
  int next[NWRITERS];
  int i;
  int n;

  stdio_open();
  for (i = 0; i < NWRITERS; i++)
    {
      next[i] = 0;
      CHECK(pthread_create(&id[i], NULL, stdio_writer, &name[i]) == 0);
    }

  for (i = 0; i < NWRITERS; i++)
    {
      CHECK(pthread_join(id[i], NULL) == 0);
    }

  CHECK(fclose(g_out) == 0);
  g_out = NULL;
  for (n = 0; fgets(text, sizeof(text), g_in) != NULL; n++)
    {
      i = text[0] - 'a';
      if (!CHECK(strlen(text) == 29 && i >= 0 && i < NWRITERS &&
                 text[24] == text[0]))
        {
          break;
        }

      CHECK(atoi(text + 25) == next[i]++);
    }

  CHECK(n == NWRITERS * NLINES);
  stdio_close();
}

/****************************************************************************
 * Name: stdio_errors
 *
 * Description:
 *   What cannot be is told.
 *
 ****************************************************************************/

static void stdio_errors(void)
{
  int fd[2];
  FILE *fp;

  CHECK(fopen("/no/such/file", "r") == NULL && errno == ENOENT);
  CHECK(fopen("/dev/null", "z") == NULL && errno == EINVAL);
  CHECK(fdopen(-1, "r") == NULL && errno == EBADF);

  fp = fopen("/dev/null", "r");
  CHECK(fp != NULL);
  CHECK(putc('x', fp) == EOF && errno == EBADF);
  CHECK(ferror(fp));
  clearerr(fp);
  CHECK(!ferror(fp));
  CHECK(getc(fp) == EOF && feof(fp));
  CHECK(fclose(fp) == 0);

  CHECK(pipe(fd) == 0);
  fp = fdopen(fd[1], "w");
  CHECK(ftell(fp) == -1 && errno == ESPIPE);
  CHECK(close(fd[1]) == 0);
  putc('x', fp);
  CHECK(fclose(fp) == EOF && errno == EBADF);
  CHECK(close(fd[0]) == 0);
}

/****************************************************************************
 * Name: stdio_memory
 *
 * Description:
 *   A stream into memory, which grows.
 *
 ****************************************************************************/

static void stdio_memory(void)
{
  size_t size = 0;
  char *text = NULL;
  FILE *fp = open_memstream(&text, &size);
  int i;

  CHECK(fp != NULL);
  for (i = 0; i < 1000; i++)
    {
      fprintf(fp, "%d ", i);
    }

  CHECK(fflush(fp) == 0);
  CHECK(size == 3890 && strncmp(text, "0 1 2 3 ", 8) == 0);
  CHECK(fclose(fp) == 0);
  CHECK(size == 3890 && strcmp(text + 3882, "998 999 ") == 0);
  free(text);
}

/****************************************************************************
 * Name: stdio_strings
 *
 * Description:
 *   Formatting and scanning without a stream.
 *
 ****************************************************************************/

static void stdio_strings(void)
{
  const char *volatile digits = "0123456789abcdefghijk";
  char text[20];
  unsigned int n = 0;

  CHECK(snprintf(text, sizeof(text), "%s", digits) == 21);
  CHECK(strcmp(text, "0123456789abcdefghi") == 0);
  CHECK(sscanf("0x1f 7", "%x", &n) == 1 && n == 31);
  errno = ENOENT;
  CHECK(printf("%s", "") == 0);
  CHECK(errno == ENOENT);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_stdio_tests[] =
{
  { "stdio_lines",   stdio_lines   },
  { "stdio_getline", stdio_getline },
  { "stdio_unget",   stdio_unget   },
  { "stdio_scan",    stdio_scan    },
  { "stdio_buffer",  stdio_buffer  },
  { "stdio_long",    stdio_long    },
  { "stdio_threads", stdio_threads },
  { "stdio_errors",  stdio_errors  },
  { "stdio_memory",  stdio_memory  },
  { "stdio_strings", stdio_strings },
  { NULL, NULL }
};
