/* bench/iob_size.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a packet costs with pointers of another size than this machine's: a
 * program of its own, because only mm/iob is there to be linked with it.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "iob_policy.h"
#include "options.h"

static const char g_usage[] =
"usage: iob_size [--dir DIR]\n"
"\n"
"Measures the memory that packets of 100 bytes take with mm/iob.\n"
"\n"
"  --dir DIR   also write the numbers to DIR/size-BITS.json\n";

int main(int argc, char **argv)
{
  const unsigned int bits = 8 * sizeof(void *);
  const char *dir = NULL;
  struct space_s space;
  char path[1024];
  FILE *file;
  int n;

  const struct option_s options[] =
  {
    { "--dir", NULL, &dir, NULL, 0 },
    { NULL, NULL, NULL, NULL, 0 }
  };

  options_parse(argc, argv, g_usage, options);
  space_measure(&space);
  printf("%u-bit pointers: a view is %u B; a 100 B packet takes %u B, sent "
         "%u B, 100 B over\nUDP %u B\n", bits, space.view, space.rx_100,
         space.tx_100, space.udp_100);
  if (dir == NULL)
    {
      return 0;
    }

  n = snprintf(path, sizeof(path), "%s/size-%u.json", dir, bits);
  file = n > 0 && (size_t)n < sizeof(path) ? fopen(path, "w") : NULL;
  if (file == NULL)
    {
      fprintf(stderr, "iob_size: cannot write to %s: %s\n", dir,
              strerror(errno));
      return 1;
    }

  fprintf(file, "{\n  \"bytes_per_100B_packet_%u\": %u,\n"
          "  \"bytes_per_100B_sent_%u\": %u,\n"
          "  \"bytes_per_100B_udp_%u\": %u\n}\n", bits, space.rx_100, bits,
          space.tx_100, bits, space.udp_100);
  return fclose(file) == 0 ? 0 : 1;
}
