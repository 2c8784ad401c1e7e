/* tests/host/iob/fuzz_iob.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The fuzz target over the interface: the bytes of the input decide which
 * calls are made and with what, as in test_random.c, and the model
 * (iob_model.c) says whether the outcome is right.
 *
 * With gcc, which has no fuzzer, or with IOB_REPLAY, there is a main() that
 * replays inputs, and makes new ones from a seed:
 *
 *   fuzz_iob FILE ...
 *   fuzz_iob --make SEED BYTES >FILE
 */

#include <nuttx/config.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iob_model.h"

#define MAXBYTES 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  iob_model_every = size < 4096 ? 1 : 8;
  if (iob_model_run(data, size) != 0)
    {
      abort();
    }

  return 0;
}

#if !defined(__clang__) || defined(IOB_REPLAY)

static int make(uint64_t seed, size_t n)
{
  static uint8_t bytes[MAXBYTES];

  n = n < sizeof(bytes) ? n : sizeof(bytes);
  iob_model_bytes(seed, bytes, n);
  return fwrite(bytes, 1, n, stdout) == n ? 0 : 1;
}

static int replay(const char *name)
{
  static uint8_t bytes[MAXBYTES];
  FILE *file = fopen(name, "rb");
  size_t n;

  if (file == NULL)
    {
      perror(name);
      return 1;
    }

  n = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  LLVMFuzzerTestOneInput(bytes, n);
  printf("%s: %zu bytes: ok\n", name, n);
  return 0;
}

int main(int argc, char **argv)
{
  int failed = 0;
  int i;

  if (argc == 4 && strcmp(argv[1], "--make") == 0)
    {
      return make(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
    }

  if (argc < 2)
    {
      fprintf(stderr, "usage: fuzz_iob FILE ... | --make SEED BYTES\n");
      return 2;
    }

  for (i = 1; i < argc; i++)
    {
      failed |= replay(argv[i]);
    }

  return failed;
}

#endif
