/* SPDX-License-Identifier: MIT
 *
 * The C++ interface against the daemons whose addresses are given, two of a ring: what stands in
 * spread.hpp, from the outside. Built once with exceptions, once without.
 *
 * usage: cxx_test ADDRESS1 ADDRESS2, then a line on standard input when the second daemon is dead
 */
#include <poll.h>

#include <iostream>
#include <thread>

#ifdef WITH_FLUSH
#include "spread_flush.hpp"
#else
#include "spread.hpp"
#endif

using namespace std::chrono_literals;

namespace {

#define CHECK(condition)                                                                             \
    do {                                                                                             \
        if (!(condition)) {                                                                          \
            std::cerr << __FILE__ << ':' << __LINE__ << ": not so: " #condition "\n";                \
            std::exit(1);                                                                            \
        }                                                                                            \
    } while (0)

/* The next event, which is of that kind. */
template <class T, class From> T next(From &from)
{
    auto e = from.receive(60s);
    if (!e)
        std::cerr << e.error().text() << '\n';
    CHECK(e);
    T *kind = std::get_if<T>(&*e);
    CHECK(kind);
    return std::move(*kind);
}

spread::connection open(const std::string &address, const std::string &name, bool views = true)
{
    spread::open_options o;
    o.name = name;
    o.views = views;
    o.time_limit = 60s;
    auto c = spread::connection::open(address, o);
    CHECK(c);
    return std::move(*c);
}

/* -- results ------------------------------------------------------------------------------------- */

void errors_say_which()
{
    auto none = spread::connection::open("no address");
    CHECK(!none && none.error() == spread::errc::illegal_address);
    CHECK(none.error().code() == ILLEGAL_SPREAD && *none.error().text() != '\0');
    CHECK(spread::connection::end_of_open().reason == SP_END_ADDRESS);
#ifdef __cpp_exceptions
    try {
        none.value();
        CHECK(false);
    } catch (const spread::failure &f) {
        CHECK(f.error() == none.error());
    }
#endif
}

void names_that_are_none_are_refused(spread::connection &c)
{
    using spread::errc;
    const std::string long_name(32, 'x'), cut("a\0b", 3);
    CHECK(c.join(long_name).error() == errc::illegal_group);
    CHECK(c.join(cut).error() == errc::illegal_group);
    CHECK(c.join("").error() == errc::illegal_group);
    CHECK(c.send(spread::service::safe, long_name, "x").error() == errc::illegal_group);
    CHECK(c.send(spread::service::safe, std::vector<std::string>{"g", cut}, "x").error() == errc::illegal_group);
    CHECK(c.send(spread::service::safe, "g", std::string(200000, 'x')).error() == errc::too_long);
}

/* -- messages ------------------------------------------------------------------------------------- */

void messages_arrive_as_they_were_sent(spread::connection &a, spread::connection &b)
{
    const std::string body("one\0two", 7);
    CHECK(a.send(spread::service::agreed, std::vector<std::string>{"g", b.private_group()}, body, {7, false}));
    auto m = next<spread::message>(b);
    CHECK(m.sender == a.private_group() && m.body == body && m.type == 7);
    CHECK((m.groups == std::vector<std::string>{"g", b.private_group()}));
    CHECK(m.service == spread::service::agreed && !m.rejected && !m.foreign_order);
    CHECK(a.receive(0ms).error() == spread::errc::timed_out); /* not to itself */

    const std::string large(140000, 'l');
    CHECK(b.send(spread::service::fifo, "g", large));
    CHECK(next<spread::message>(a).body == large);
    CHECK(next<spread::message>(b).body == large);
}

void every_service_comes_as_it_went(spread::connection &a, spread::connection &b)
{
    for (auto s : {spread::service::unreliable, spread::service::reliable, spread::service::fifo,
                   spread::service::causal, spread::service::agreed, spread::service::safe}) {
        CHECK(a.send(s, b.private_group(), ""));
        auto m = next<spread::message>(b);
        CHECK(m.service == s && m.body.empty());
    }
}

void the_descriptor_shows_what_waits(spread::connection &a, spread::connection &b)
{
    CHECK(*b.poll() == 0);
    CHECK(a.send(spread::service::fifo, b.private_group(), "x"));
    pollfd p = {b.native(), POLLIN, 0};
    CHECK(::poll(&p, 1, 60000) == 1);
    CHECK(*b.poll() > 0);
    CHECK(next<spread::message>(b).body == "x");
}

/* -- views ---------------------------------------------------------------------------------------- */

void views_tell_who_is_in(spread::connection &a, spread::connection &b)
{
    CHECK(a.join("g"));
    auto v = next<spread::view>(a);
    CHECK(v.group == "g" && v.members == std::vector<std::string>{a.private_group()});
    CHECK(v.cause == spread::cause::join && v.changed == a.private_group() && v.sets.empty());
    CHECK(b.join("g"));
    v = next<spread::view>(a);
    auto w = next<spread::view>(b);
    CHECK(v.members.size() == 2 && v.members == w.members && SP_equal_group_ids(v.id, w.id));
    CHECK(v.members[v.me] == a.private_group() && w.members[w.me] == b.private_group());
    CHECK(v.changed == b.private_group());
}

void a_scope_is_a_membership(spread::connection &a)
{
    {
        auto m = spread::membership::join(a, "short");
        CHECK(m && m->group() == "short");
        CHECK(next<spread::view>(a).group == "short");
        spread::membership elsewhere = std::move(*m);
    }
    CHECK(next<spread::left>(a).group == "short");
    CHECK(!spread::membership::join(a, ""));
}

void sets_tell_who_came_along(spread::connection &a, spread::connection &c)
{
    CHECK(c.join("g"));
    next<spread::view>(a);
    next<spread::view>(c);
    std::cout << "kill" << std::endl;
    std::string line;
    std::getline(std::cin, line);
    CHECK(next<spread::transitional>(a).group == "g");
    auto v = next<spread::view>(a);
    CHECK(v.cause == spread::cause::network && v.changed.empty());
    CHECK((v.members == std::vector<std::string>{a.private_group(), c.private_group()}));
    CHECK(v.sets.size() == 1 && v.my_set == 0 && v.sets[0] == v.members);
}

/* What was moved away is as one that was closed; what is moved to ends what stood there. */
void connections_are_moved(const std::string &address)
{
    auto a = open(address, "from"), b = open(address, "to");
    const std::string name = a.private_group();
    CHECK(a.join("moved") && next<spread::view>(a).members.size() == 1);
    b = std::move(a);
    CHECK(b.private_group() == name && b.send(spread::service::safe, "moved", "x"));
    CHECK(next<spread::message>(b).sender == name);
    spread::connection c = std::move(b);
    CHECK(b.receive().error() == spread::errc::illegal_session && b.native() == -1);
    CHECK(b.join("g").error() == spread::errc::illegal_session);
    c.close();
    CHECK(c.end().reason == SP_END_CLOSED);
    c.close();
}

/* -- ends ----------------------------------------------------------------------------------------- */

void a_thread_that_receives_is_woken_by_close(const std::string &address)
{
    auto c = open(address, "closing");
    std::thread reader([&] { CHECK(!c.receive()); });
    while (*c.poll() > 0)
        ;
    c.close();
    reader.join();
    CHECK(c.receive().error() == spread::errc::illegal_session);
}

void a_redialing_one_says_that_it_is_lost(const std::string &dead, const std::string &address)
{
    spread::open_options o;
    o.name = "again";
    auto r = spread::redialing::open(dead + " " + address, o);
    CHECK(r && r->native() >= 0 && r->private_group().substr(0, 7) == "#again#");
    CHECK(r->join("again"));
    CHECK(next<spread::view>(*r).members.size() == 1);
    CHECK(r->send(spread::service::agreed, "again", "back"));
    CHECK(next<spread::message>(*r).body == "back");
    SP_disconnect(r->native()); /* a loss, as it sees it */
    CHECK(next<spread::left>(*r).group == "again");
    CHECK(next<spread::view>(*r).members.size() == 1);
    CHECK(!r->join(""));
    CHECK(spread::redialing::open("nowhere!").error() == spread::errc::illegal_address);
}

/* -- the flush layer ------------------------------------------------------------------------------ */

#ifdef WITH_FLUSH
template <class T> T next_of(spread::flush_connection &from)
{
    auto e = from.receive();
    CHECK(e && std::get_if<T>(&*e));
    return *std::get_if<T>(&*e);
}

void the_flush_layer_asks_before_a_view(const std::string &address)
{
    auto opened = spread::flush_connection::open(address, "first");
    CHECK(opened);
    spread::flush_connection a = std::move(*opened);
    auto b = spread::flush_connection::open(address, "second");
    CHECK(b && a.join("f"));
    CHECK(next_of<spread::view>(a).members.size() == 1);
    CHECK(b->join("f"));
    CHECK(next_of<spread::flush_request>(a).group == "f");
    CHECK(a.flush("f"));
    CHECK(a.send(spread::service::safe, "f", "x").error() == spread::flush_errc::illegal_state);
    spread::view v, w;
    std::thread joining([&] { w = next_of<spread::view>(*b); }); /* each waits for the other */
    v = next_of<spread::view>(a);
    joining.join();
    CHECK(v.members.size() == 2 && v.members == w.members && v.changed == b->private_group());
    CHECK(a.send(spread::service::safe, "f", "all"));
    CHECK(next_of<spread::message>(*b).body == "all");
    CHECK(next_of<spread::message>(a).body == "all");
    CHECK(a.send_to({b->private_group()}, spread::service::fifo, "f", "one"));
    auto m = next_of<spread::some_message>(*b);
    CHECK(m.body == "one" && m.groups == std::vector<std::string>{"f"});
    CHECK(m.receivers == std::vector<std::string>{b->private_group()});
    CHECK(a.try_receive().error() == spread::flush_errc::would_block && a.waiting() == 0);
    CHECK(b->leave("f"));
    a.close();
}
#endif

} // namespace

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    errors_say_which();
    {
        auto a = open(argv[1], "a"), b = open(argv[2], "b"), c = open(argv[1], "c");
        names_that_are_none_are_refused(a);
        views_tell_who_is_in(a, b);
        messages_arrive_as_they_were_sent(a, b);
        every_service_comes_as_it_went(a, b);
        the_descriptor_shows_what_waits(a, b);
        a_scope_is_a_membership(a);
        sets_tell_who_came_along(a, c);
        while (b.receive())
            ; /* what had come before its daemon died */
        CHECK(b.end().reason == SP_END_STOPPED);
    }
    connections_are_moved(argv[1]);
    a_thread_that_receives_is_woken_by_close(argv[1]);
    a_redialing_one_says_that_it_is_lost(argv[2], argv[1]);
#ifdef WITH_FLUSH
    the_flush_layer_asks_before_a_view(argv[1]);
#endif
}
