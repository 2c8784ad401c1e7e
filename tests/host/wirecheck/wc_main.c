/* tests/host/wirecheck/wc_main.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The command line.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

enum
{
  OPT_MTU = 256,
  OPT_NEAR,
  OPT_OFFLOAD,
  OPT_RTO_MIN,
  OPT_SEGMENTS,
  OPT_COUNT,
  OPT_SECONDS,
  OPT_QUIET,
  OPT_RULES,
  OPT_HELP
};

static const struct option g_options[] =
{
  {"mtu", required_argument, NULL, OPT_MTU},
  {"near", required_argument, NULL, OPT_NEAR},
  {"offload", optional_argument, NULL, OPT_OFFLOAD},
  {"rto-min", required_argument, NULL, OPT_RTO_MIN},
  {"segments", required_argument, NULL, OPT_SEGMENTS},
  {"count", required_argument, NULL, OPT_COUNT},
  {"seconds", required_argument, NULL, OPT_SECONDS},
  {"quiet", no_argument, NULL, OPT_QUIET},
  {"rules", no_argument, NULL, OPT_RULES},
  {"help", no_argument, NULL, OPT_HELP},
  {NULL, 0, NULL, 0}
};

static void usage(FILE *out)
{
  fputs(
"usage: wirecheck -r FILE [-r FILE2] [OPTION]...\n"
"       wirecheck -i INTERFACE [OPTION]...\n"
"       wirecheck --rules | --help\n"
"\n"
"Checks every frame of a capture (pcap or pcapng) against the rules of\n"
"TCP/IP and names the flow, frame, time and rule of what violates one:\n"
"\n"
"  1. bytes sent again are the bytes sent first\n"
"  2. checksums, lengths and header fields are right\n"
"  3. windows, sequence numbers, acknowledgements, SACK, timestamps\n"
"  4. each retransmission has a cause, time-outs double, no storm\n"
"  5. connections start and end as they must, nothing comes from nowhere\n"
"\n"
"  -r FILE          read FILE; two of them are captures of both sides of\n"
"                   a network that loses, in any order: each host is then\n"
"                   judged by the one next to it\n"
"  -i INTERFACE     capture there, until a signal comes\n"
"  -j OUT           write the results to OUT as JSON\n"
"  --mtu N          no packet is longer; with -i that of the interface\n"
"  --near ADDR      with one file: it was taken next to this host, so the\n"
"                   order of its frames counts; with two: the first was\n"
"  --offload[=ADDR] all hosts, or this one, leave checksums and cutting to\n"
"                   their device, behind the place of the capture\n"
"  --rto-min MS     the shortest time-out; 200 if not given\n"
"  --segments N     points of N flows in the JSON; 4 if not given\n"
"  --count N        with -i: end after so many frames\n"
"  --seconds N      with -i: end after this time\n"
"  --quiet          only the summary\n"
"  --rules          list the rules\n"
"  --help           this text\n"
"\n"
"Exit status: 0 nothing found, 1 findings, 2 wrong use or a file that is\n"
"no capture or ends too early, 3 inconclusive: frames were dropped or cut,\n"
"or the start of a connection is missing.\n", out);
}

static int wrong(const char *what, const char *why)
{
  fprintf(stderr, "wirecheck: %s%s (try --help)\n", what, why);
  return WC_WRONG;
}

static bool parse_number(const char *text, unsigned long max,
                         unsigned long *value)
{
  char *end;

  errno  = 0;
  *value = strtoul(text, &end, 10);
  return text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0 &&
         *value <= max;
}

static int number(const char *name, unsigned long min, unsigned long max,
                  unsigned int *to)
{
  unsigned long value;

  if (!parse_number(optarg, max, &value) || value < min)
    {
      fprintf(stderr, "wirecheck: --%s %s: must be a number from %lu to "
              "%lu\n", name, optarg, min, max);
      return WC_WRONG;
    }

  *to = (unsigned int)value;
  return 0;
}

static int address(const char *name, struct wc_addr_s *list, unsigned int *n)
{
  uint8_t b[4];

  if (inet_pton(AF_INET, optarg, b) != 1)
    {
      fprintf(stderr, "wirecheck: --%s %s: must be an IPv4 address\n", name,
              optarg);
      return WC_WRONG;
    }

  if (*n == WC_MAXHOSTOPTS)
    {
      fprintf(stderr, "wirecheck: --%s: more than %d addresses\n", name,
              WC_MAXHOSTOPTS);
      return WC_WRONG;
    }

  wc_addr4(&list[(*n)++], b);
  return 0;
}

static int add_file(struct wc_options_s *opt)
{
  if (opt->nfiles == WC_MAXFILES)
    {
      return wrong("-r: more than two files", "");
    }

  opt->file[opt->nfiles++] = optarg;
  return 0;
}

static int one_option(struct wc_options_s *opt, int c)
{
  unsigned int value = 0;
  int ret = 0;

  switch (c)
    {
      case 'r':
        return add_file(opt);

      case 'i':
        opt->interface = optarg;
        return 0;

      case 'j':
        opt->json = optarg;
        return 0;

      case OPT_MTU:
        return number("mtu", 68, 65535, &opt->mtu);

      case OPT_NEAR:
        return address("near", opt->near, &opt->nnear);

      case OPT_OFFLOAD:
        opt->offload_all |= optarg == NULL;
        return optarg == NULL ? 0 :
               address("offload", opt->offload, &opt->noffload);

      case OPT_RTO_MIN:
        return number("rto-min", 1, 60000, &opt->rto_min_ms);

      case OPT_SEGMENTS:
        return number("segments", 0, 100000, &opt->segments);

      case OPT_COUNT:
        ret = number("count", 1, 4000000000, &value);
        opt->count = value;
        return ret;

      case OPT_SECONDS:
        return number("seconds", 1, 1000000, &opt->seconds);

      case OPT_QUIET:
        opt->quiet = true;
        return 0;

      default:
        return wrong("that is no option, or its value is missing", "");
    }
}

/* -1: go on; otherwise the exit status */

static int parse(int argc, char **argv, struct wc_options_s *opt)
{
  int ret = 0;
  int c;

  optind = 0;
  opterr = 0;
  while ((c = getopt_long(argc, argv, ":r:i:j:", g_options, NULL)) != -1 &&
         ret == 0)
    {
      if (c == OPT_HELP || c == OPT_RULES)
        {
          c == OPT_HELP ? usage(stdout) : wc_list_rules(stdout);
          return WC_CLEAN;
        }

      if (c == '?' || c == ':')
        {
          return wrong(argv[optind - 1], c == '?' ? ": no such option" :
                       ": its value is missing");
        }

      ret = one_option(opt, c);
    }

  if (ret != 0)
    {
      return ret;
    }

  if (optind < argc)
    {
      return wrong(argv[optind], ": what is that? A file is read with -r");
    }

  if ((opt->nfiles == 0) == (opt->interface == NULL))
    {
      return wrong("give either -r FILE or -i INTERFACE", "");
    }

  if (opt->interface == NULL && (opt->count > 0 || opt->seconds > 0))
    {
      return wrong("--count and --seconds are for -i", "");
    }

  return -1;
}

int wc_main(int argc, char **argv)
{
  struct wc_options_s opt;
  struct wc_s *w;
  int status;
  int ret;

  memset(&opt, 0, sizeof(opt));
  opt.rto_min_ms = 200;
  opt.segments   = 4;
  status = parse(argc, argv, &opt);
  if (status >= 0)
    {
      return status;
    }

  w   = wc_new(&opt);
  ret = wc_read(w);
  if (ret == 0)
    {
      status = wc_verdict(w);
      ret    = opt.json != NULL ? wc_json(w, status, opt.json) : 0;
    }

  if (ret == 0)
    {
      wc_report(w, status, stdout);
    }

  wc_free(w);
  return ret != 0 ? ret : status;
}
