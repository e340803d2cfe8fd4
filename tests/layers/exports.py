# SPDX-License-Identifier: MIT
"""Fails unless each library exports every function the public headers declare, and of fl.h just
libspread, nothing else, and, if it is a shared one, has the soname of 5.0.1. What 5.0.1 declares is
also listed here by name, so that no header can forget one."""
import pathlib
import re
import subprocess
import sys

HEADERS = ("sp_func.h", "sp_events.h", "sp_more.h")
FLUSH_HEADERS = ("fl.h",)  # in libspread alone
NOT_DECLARED = {"SP_query_groups", "SP_query_members"}  # exported by 5.0.1 all the same


# The interface of 5.0.1. What it exports besides is its own: logging, memory, containers.
OF_5_0_1 = {
    "SP_": "version set_auth_method set_auth_methods connect connect_timeout disconnect kill join leave "
           "multicast scat_multicast multigroup_multicast multigroup_scat_multicast receive "
           "scat_receive get_memb_info get_vs_sets_info get_vs_set_members scat_get_memb_info "
           "scat_get_vs_sets_info scat_get_vs_set_members poll equal_group_ids strerror error "
           "query_groups query_members",
    "E_": "init get_time get_time_monotonic neg_time add_time sub_time compare_time queue in_queue dequeue "
          "delay attach_fd detach_fd detach_fd_priority set_active_threshold activate_fd "
          "deactivate_fd num_active handle_events exit_events exit_events_async_safe",
    "FL_": "lib_init version connect disconnect join leave flush multicast scat_multicast subgroupcast "
           "scat_subgroupcast unicast scat_unicast receive scat_receive more_msgs poll error "
           "get_gid_offset_memb_mess get_num_vs_offset_memb_mess get_vs_set_offset_memb_mess",
}


def declared(include, headers):
    text = "".join((pathlib.Path(include) / h).read_text() for h in headers)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"^#define.*(?:\\\n.*)*", "", text, flags=re.M)
    return set(re.findall(r"\b((?:SP|E|FL)_\w+)\s*\(", text))


def of_5_0_1(*kinds):
    return {kind + name for kind in kinds for name in OF_5_0_1[kind].split()}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def names(library):
    """What others can link to, and the name they find it by when they run."""
    if library.endswith(".a"):
        symbols, soname = output("nm", "-g", "--defined-only", library), pathlib.Path(library).stem + ".so.3"
    else:
        symbols = output("nm", "-D", "--defined-only", library)
        soname = re.search(r"soname: \[(.+?)\]", output("readelf", "-d", library)).group(1)
    found = set(re.findall(r"^[0-9a-f]+ \w ([\w.]+)", symbols, re.M))
    return {name for name in found if not name.startswith("__x86.")}, soname  # gcc's own


def main(include, *libraries):
    core, failed = declared(include, HEADERS) | NOT_DECLARED, False
    flush = declared(include, FLUSH_HEADERS)
    missing = of_5_0_1("SP_", "E_") - core | of_5_0_1("FL_") ^ flush
    if missing:
        failed = True
        print(f"5.0.1 and the headers differ: {sorted(missing)}")
    for library in libraries:
        found, soname = names(library)
        wanted = core | flush if soname == "libspread.so.3" else core
        if found != wanted or not re.fullmatch(r"lib(t?spread-core|spread)\.so\.3", soname):
            failed = True
            print(f"{pathlib.Path(library).name} ({soname}): missing {sorted(wanted - found)}, "
                  f"extra {sorted(found - wanted)}")
    print(f"{len(core)} functions and {len(flush)} of the flush layer in {len(libraries)} libraries")
    return 1 if failed or len(libraries) < 6 else 0


sys.exit(main(*sys.argv[1:]))
