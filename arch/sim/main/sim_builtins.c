/* arch/sim/main/sim_builtins.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The applications that are linked into the kernel, for the shell.
 */

#include <nuttx/nuttx.h>

#include <nshlib/builtin.h>

int arp_main(int argc, char *argv[]);
int fault_main(int argc, char *argv[]);
int hold_main(int argc, char *argv[]);
int httpd_main(int argc, char *argv[]);
int ifconfig_main(int argc, char *argv[]);
int iobdemo_main(int argc, char *argv[]);
int iobinfo_main(int argc, char *argv[]);
int iperf_main(int argc, char *argv[]);
int nc_main(int argc, char *argv[]);
int netbench_main(int argc, char *argv[]);
int netdev_main(int argc, char *argv[]);
int netstat_main(int argc, char *argv[]);
int sh_main(int argc, char *argv[]);
int sockettest_main(int argc, char *argv[]);
int ostest_main(int argc, char *argv[]);
int pcap_main(int argc, char *argv[]);
int ping_main(int argc, char *argv[]);
int route_main(int argc, char *argv[]);
int wget_main(int argc, char *argv[]);

const struct builtin_s g_builtins[] =
{
  { "arp", 0, 0, arp_main },
  { "fault", 0, 0, fault_main },
  { "hold", 0, 0, hold_main },
  { "httpd", 0, 0, httpd_main },
  { "ifconfig", 0, 0, ifconfig_main },
  { "iobdemo", 0, 0, iobdemo_main },
  { "iobinfo", 0, 0, iobinfo_main },
  { "iperf", 0, 0, iperf_main },
  { "nc", 0, 0, nc_main },
  { "netbench", 0, 0, netbench_main },
  { "netdev", 0, 0, netdev_main },
  { "netstat", 0, 0, netstat_main },
  { "nsh", 0, 0, sh_main },
  { "ostest", 0, 0, ostest_main },
  { "pcap", 0, 0, pcap_main },
  { "ping", 0, 0, ping_main },
  { "route", 0, 0, route_main },
  { "sockettest", 0, 0, sockettest_main },
  { "wget", 0, 0, wget_main },
};

const int g_builtin_count = nitems(g_builtins);
