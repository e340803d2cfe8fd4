/* SPDX-License-Identifier: MIT
 *
 * spread.hpp - the client interface for C++17: connections, groups, messages and views as values.
 *
 *     auto c = spread::connection::open("4803@localhost");
 *     if (!c || !c->join("chat") || !c->send(spread::service::agreed, "chat", "hello"))
 *         ...
 *     for (auto e = c->receive(); e; e = c->receive())
 *         if (auto m = std::get_if<spread::message>(&*e))
 *             std::cout << m->sender << ": " << m->body << '\n';
 *
 * Calls return a result: a value, or an error that says which. Nothing here throws but value() of a
 * result without one, so a program may be built with -fno-exceptions. A connection is closed at the
 * end of its life. One thread may send while another one receives, and any may call close(), which
 * wakes them; who moves it or ends its life does so alone.
 *
 * Nothing stands behind this header but the library of C: link with -ltspread-core. What calls do in
 * detail is told by sp_func.h and sp_more.h, and by the pages of the manual that go with those. For the
 * flush layer there is spread_flush.hpp.
 */
#ifndef SPREAD_HPP
#define SPREAD_HPP

#include <atomic>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
#ifdef __cpp_exceptions
#include <stdexcept>
#endif

#include "sp_more.h"

namespace spread {

/* -- results ------------------------------------------------------------------------------------ */

enum class errc : int {
    illegal_address = ILLEGAL_SPREAD,
    could_not_connect = COULD_NOT_CONNECT,
    refused_quota = REJECT_QUOTA,
    refused_no_name = REJECT_NO_NAME,
    refused_name = REJECT_ILLEGAL_NAME,
    refused_name_in_use = REJECT_NOT_UNIQUE,
    refused_version = REJECT_VERSION,
    closed = CONNECTION_CLOSED,
    refused_auth = REJECT_AUTH,
    illegal_session = ILLEGAL_SESSION,
    illegal_service = ILLEGAL_SERVICE,
    illegal_message = ILLEGAL_MESSAGE,
    illegal_group = ILLEGAL_GROUP,
    too_long = MESSAGE_TOO_LONG,
    failed_earlier = NET_ERROR_ON_SESSION,
    illegal_time = ILLEGAL_TIME,
    timed_out = SP_TIMED_OUT,
    not_supported = SP_NOT_SUPPORTED,
};

class error {
public:
    constexpr explicit error(int code) noexcept : code_(code) {}
    constexpr error(errc code) noexcept : code_(static_cast<int>(code)) {}

    /* As of the C interface, below zero. */
    constexpr int code() const noexcept { return code_; }
    const char *text() const noexcept { return SP_strerror(code_); }
    friend constexpr bool operator==(error a, error b) noexcept { return a.code_ == b.code_; }
    friend constexpr bool operator!=(error a, error b) noexcept { return a.code_ != b.code_; }

private:
    int code_;
};

#ifdef __cpp_exceptions
/* Of value() of a result that has none. */
class failure : public std::runtime_error {
public:
    explicit failure(spread::error e) : std::runtime_error(e.text()), error_(e) {}
    spread::error error() const noexcept { return error_; }

private:
    spread::error error_;
};
#endif

namespace detail {
[[noreturn]] inline void fail(error e)
{
#ifdef __cpp_exceptions
    throw failure(e);
#else
    std::fprintf(stderr, "spread: %s\n", e.text());
    std::abort();
#endif
}
} // namespace detail

/* A value or an error. What * and -> give, and error(), is there only if one has asked which. */
template <class T> class [[nodiscard]] result {
public:
    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    result(spread::error e) : state_(std::in_place_index<1>, e) {}
    result(errc e) : result(spread::error(e)) {}

    bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    spread::error error() const noexcept { return *std::get_if<1>(&state_); }

    T &operator*() & noexcept { return *std::get_if<0>(&state_); }
    const T &operator*() const & noexcept { return *std::get_if<0>(&state_); }
    T &&operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
    T *operator->() noexcept { return std::get_if<0>(&state_); }
    const T *operator->() const noexcept { return std::get_if<0>(&state_); }

    /* Throws a failure, or ends the program where there are no exceptions. */
    T &value() &
    {
        if (!has_value())
            detail::fail(error());
        return **this;
    }
    T &&value() &&
    {
        if (!has_value())
            detail::fail(error());
        return *std::move(*this);
    }

private:
    std::variant<T, spread::error> state_;
};

template <> class [[nodiscard]] result<void> {
public:
    result() noexcept = default;
    result(spread::error e) noexcept : error_(e) {}
    result(errc e) noexcept : error_(e) {}

    bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    spread::error error() const noexcept { return *error_; }
    void value() const
    {
        if (error_)
            detail::fail(*error_);
    }

private:
    std::optional<spread::error> error_;
};

/* -- what is received ---------------------------------------------------------------------------- */

enum class service : int {
    unreliable = UNRELIABLE_MESS,
    reliable = RELIABLE_MESS,
    fifo = FIFO_MESS,
    causal = CAUSAL_MESS,
    agreed = AGREED_MESS,
    safe = SAFE_MESS,
};

struct message {
    std::string sender; /* a private group: a message to it reaches that connection */
    std::vector<std::string> groups;
    spread::service service = service::agreed;
    short type = 0;
    bool foreign_order = false; /* the sender's machine has the other byte order */
    bool rejected = false;      /* our own, which the daemon did not let pass */
    std::string body;
};

enum class cause { join, leave, disconnect, network };

/* Who is in a group. All who are in it see the same views, each one's members in the same order. */
struct view {
    std::string group;
    std::vector<std::string> members;
    std::size_t me = 0; /* which of them we are */
    group_id id = {};   /* of this view */
    spread::cause cause = cause::join;
    std::string changed; /* who joined, left or was disconnected; empty after a change of network */
    /* After a change of network: who came along together, each set from one view before; the sets in
     * the same order for all. */
    std::vector<std::vector<std::string>> sets;
    std::size_t my_set = 0;
};

/* From here to the next view, messages may lack receivers who are no longer with us. */
struct transitional {
    std::string group;
    group_id id = {};
};

/* We are no longer in it. */
struct left {
    std::string group;
};

using event = std::variant<message, view, transitional, left>;

/* -- inside -------------------------------------------------------------------------------------- */

namespace detail {

using field = char[MAX_GROUP_NAME];

inline std::string text_of(const field &name)
{
    return std::string(name, ::strnlen(name, sizeof name));
}

/* Buffers that grow with what comes, and what came last. */
class inbox {
public:
    /* call(service, sender, max_groups, groups_count, groups, type, endian, max_len, body) */
    template <class Call> int fill(Call call)
    {
        int got;
        do {
            service_ = 0;
            count_ = endian_ = 0;
            got = call(&service_, sender_, groups_size_, &count_, groups_.get(), &type_, &endian_,
                       static_cast<int>(body_.size()), body_.data());
        } while ((got == BUFFER_TOO_SHORT || got == GROUPS_TOO_SHORT) && grow());
        len_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        return got;
    }

    result<event> take() const
    {
        if (!Is_reg_memb_mess(service_))
            return take_other();
        view v = view_without_sets();
        return take_sets(v) ? result<event>(std::move(v)) : errc::illegal_message;
    }

protected:
    event take_other() const
    {
        if (Is_transition_mess(service_))
            return transitional{text_of(sender_), id()};
        if (Is_membership_mess(service_))
            return left{text_of(sender_)};
        message m;
        m.sender = text_of(sender_);
        m.groups = names();
        m.service = static_cast<spread::service>(service_ & REGULAR_MESS);
        m.type = type_;
        m.foreign_order = endian_ != 0;
        m.rejected = Is_reject_mess(service_) != 0;
        m.body.assign(body_.data(), len_);
        return m;
    }

    view view_without_sets() const
    {
        view v;
        v.group = text_of(sender_);
        v.members = names();
        v.me = type_ >= 0 ? static_cast<std::size_t>(type_) : 0;
        v.id = id();
        v.cause = Is_caused_join_mess(service_)         ? cause::join
                  : Is_caused_leave_mess(service_)      ? cause::leave
                  : Is_caused_disconnect_mess(service_) ? cause::disconnect
                                                        : cause::network;
        return v;
    }

    /* The library tells what it would take, as negative numbers. */
    bool grow()
    {
        bool more = false;
        if (count_ < 0 && -count_ > groups_size_) {
            groups_size_ = -count_;
            groups_.reset(new field[static_cast<std::size_t>(groups_size_)]);
            more = true;
        }
        if (endian_ < 0 && static_cast<std::size_t>(-endian_) > body_.size()) {
            body_.resize(static_cast<std::size_t>(-endian_));
            more = true;
        }
        return more;
    }

    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (int i = 0; i < count_; i++)
            all.push_back(text_of(groups_[static_cast<std::size_t>(i)]));
        return all;
    }

    /* False: the body is none. */
    bool take_sets(view &v) const
    {
        membership_info info = {};
        scatter s = whole();
        if (SP_scat_get_memb_info(&s, service_, &info) < 0 || info.num_vs_sets > len_)
            return false;
        v.changed = text_of(info.changed_member);
        if (v.cause != cause::network)
            return true;
        std::vector<vs_set_info> sets(info.num_vs_sets);
        unsigned mine = 0;
        if (SP_scat_get_vs_sets_info(&s, sets.data(), static_cast<int>(sets.size()), &mine) < 0)
            return false;
        v.changed.clear();
        v.my_set = mine;
        for (const vs_set_info &set : sets)
            v.sets.push_back(take_set(s, set));
        return true;
    }

    std::vector<std::string> take_set(const scatter &s, const vs_set_info &set) const
    {
        std::vector<std::string> members;
        std::size_t count = set.num_members;
        if (count == 0 || count > len_ / MAX_GROUP_NAME)
            return members;
        std::unique_ptr<field[]> fields(new field[count]);
        int got = SP_scat_get_vs_set_members(&s, &set, fields.get(), static_cast<int>(count));
        for (int i = 0; i < got; i++)
            members.push_back(text_of(fields[static_cast<std::size_t>(i)]));
        return members;
    }

    group_id id() const
    {
        group_id id = {};
        if (len_ >= sizeof id)
            std::memcpy(&id, body_.data(), sizeof id);
        return id;
    }

    scatter whole() const
    {
        scatter s;
        s.num_elements = 1;
        s.elements[0].buf = const_cast<char *>(body_.data());
        s.elements[0].len = len_;
        return s;
    }

    int service_ = 0, count_ = 0, endian_ = 0, groups_size_ = 16;
    short type_ = 0;
    field sender_ = {};
    std::unique_ptr<field[]> groups_{new field[16]};
    std::vector<char> body_ = std::vector<char>(4096);
    std::size_t len_ = 0;
};

inline result<void> done(int code)
{
    return code < 0 ? result<void>(error(code)) : result<void>();
}

/* A zero byte within would end it early. */
inline bool is_name(const std::string &name)
{
    return name.size() < MAX_GROUP_NAME && name.find('\0') == std::string::npos;
}

template <class Call> result<void> with(const std::string &group, Call call)
{
    return is_name(group) ? done(call(group.c_str())) : result<void>(errc::illegal_group);
}

inline std::unique_ptr<field[]> fields_of(const std::vector<std::string> &names)
{
    std::unique_ptr<field[]> all(new field[names.size() + 1]());
    for (std::size_t i = 0; i < names.size(); i++)
        names[i].copy(all[i], MAX_GROUP_NAME - 1);
    return all;
}

inline bool are_names(const std::vector<std::string> &names)
{
    for (const std::string &name : names)
        if (!is_name(name))
            return false;
    return names.size() <= 100;
}

/* The number of a mailbox, which one thread may take away while others use it; -1: none. */
class handle {
public:
    handle() = default;
    handle(handle &&from) noexcept : number_(from.take()) {}
    handle &operator=(handle &&from) noexcept
    {
        number_ = from.number_.exchange(number_);
        return *this;
    }
    void set(::mailbox number) { number_ = number; }
    ::mailbox take() noexcept { return number_.exchange(-1); }
    operator ::mailbox() const noexcept { return number_; }

private:
    std::atomic<::mailbox> number_{-1};
};

inline int milliseconds(std::chrono::milliseconds time)
{
    auto ms = time.count();
    return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : static_cast<int>(ms);
}

} // namespace detail

/* -- connections --------------------------------------------------------------------------------- */

struct send_options {
    short type = 0;
    bool to_self = true; /* false: not to this connection, though it is in the group */
};

struct open_options {
    std::string name;  /* wished for; empty: the daemon chooses */
    bool views = true; /* false: no notices of membership are wanted */
    std::chrono::microseconds time_limit{0}; /* 0: none */
};

/* A descriptor that may be polled: readable as long as something can be received. */
using descriptor = int;

class connection {
public:
    /* "4803", "4803@host", "tls:4803@host". */
    static result<connection> open(const std::string &address, const open_options &o = {})
    {
        using namespace std::chrono;
        auto s = duration_cast<seconds>(o.time_limit);
        sp_time limit;
        limit.sec = static_cast<long>(s.count());
        limit.usec = static_cast<long>((o.time_limit - s).count());
        detail::field self = {};
        ::mailbox mbox;
        int code = SP_connect_timeout(address.c_str(), o.name.c_str(), 0, o.views, &mbox, self, limit);
        if (code != ACCEPT_SESSION)
            return error(code);
        connection c;
        c.mbox_.set(mbox);
        c.private_group_ = detail::text_of(self);
        return c;
    }

    connection(connection &&) = default;
    connection &operator=(connection &&) = default; /* what this was ends with from */
    ~connection() { close(); }

    /* Says goodbye; what was sent before arrives. */
    void close()
    {
        if (::mailbox mbox = mbox_.take(); mbox >= 0) {
            ended_.set(mbox);
            SP_disconnect(mbox);
        }
    }

    descriptor native() const noexcept { return mbox_; }
    /* Our own name; a message to it reaches us. */
    const std::string &private_group() const noexcept { return private_group_; }

    result<void> join(const std::string &group)
    {
        return detail::with(group, [this](const char *g) { return SP_join(mbox_, g); });
    }
    result<void> leave(const std::string &group)
    {
        return detail::with(group, [this](const char *g) { return SP_leave(mbox_, g); });
    }

    result<void> send(service s, const std::string &group, std::string_view body, send_options o = {})
    {
        return send_by(mbox_, s, group, body, o);
    }
    result<void> send(service s, const std::vector<std::string> &groups, std::string_view body,
                      send_options o = {})
    {
        if (!detail::are_names(groups))
            return errc::illegal_group;
        if (body.size() > INT_MAX)
            return errc::too_long;
        auto fields = detail::fields_of(groups);
        return detail::done(SP_multigroup_multicast(mbox_, word(s, o), static_cast<int>(groups.size()),
                                                    fields.get(), o.type, static_cast<int>(body.size()),
                                                    body.data()));
    }

    /* Waits for what comes next. */
    result<event> receive() { return receive_within(-1); }
    /* errc::timed_out, and nothing is taken, if there is nothing in time; 0: what is there now. */
    result<event> receive(std::chrono::milliseconds limit)
    {
        return receive_within(detail::milliseconds(limit));
    }
    /* How many bytes can be received without waiting. */
    result<int> poll() const
    {
        int bytes = SP_poll(mbox_);
        return bytes < 0 ? result<int>(error(bytes)) : result<int>(bytes);
    }

    /* Why it has ended, in a sentence; SP_END_NONE while it has not. */
    sp_end end() const
    {
        sp_end e = {};
        SP_last_end(mbox_ >= 0 ? mbox_ : ended_, &e);
        return e;
    }
    /* Why the last open() of this thread failed. */
    static sp_end end_of_open()
    {
        sp_end e = {};
        SP_last_end(-1, &e);
        return e;
    }

private:
    friend class redialing;
    connection() = default;

    static int word(service s, send_options o) { return static_cast<int>(s) | (o.to_self ? 0 : SELF_DISCARD); }
    static result<void> send_by(int mbox, service s, const std::string &group, std::string_view body,
                                send_options o)
    {
        if (!detail::is_name(group))
            return errc::illegal_group;
        if (body.size() > INT_MAX)
            return errc::too_long;
        return detail::done(SP_multicast(mbox, word(s, o), group.c_str(), o.type,
                                         static_cast<int>(body.size()), body.data()));
    }
    result<event> receive_within(int ms)
    {
        if (!inbox_) /* it has been moved away */
            return errc::illegal_session;
        int code = inbox_->fill([&](auto... a) { return SP_receive_timeout(mbox_, a..., ms); });
        if (code < 0)
            return error(code);
        return inbox_->take();
    }

    detail::handle mbox_, ended_;
    std::string private_group_;
    std::unique_ptr<detail::inbox> inbox_{new detail::inbox};
};

/* In a group from here to the end of the scope; the connection lives longer. */
class membership {
public:
    static result<membership> join(connection &c, const std::string &group)
    {
        if (auto joined = c.join(group); !joined)
            return joined.error();
        membership m;
        m.mbox_.set(c.native());
        m.group_ = group;
        return m;
    }
    membership(membership &&) = default;
    membership &operator=(membership &&from) noexcept
    {
        mbox_ = std::move(from.mbox_); /* what this was ends with from */
        std::swap(group_, from.group_);
        return *this;
    }
    ~membership()
    {
        if (mbox_ >= 0)
            SP_leave(mbox_, group_.c_str());
    }
    const std::string &group() const noexcept { return group_; }

private:
    membership() = default;
    detail::handle mbox_;
    std::string group_;
};

/* -- a connection that comes back ---------------------------------------------------------------- */

/* To the first of several daemons that takes it, and again when it is lost, with its groups. A loss
 * is an event left for each group; from there on messages are missing. */
class redialing {
public:
    static result<redialing> open(const std::string &addresses, const open_options &o = {})
    {
        redialing r;
        sp_redial *handle = nullptr;
        int code = SP_redial_open(&handle, addresses.c_str(), o.name.c_str(),
                                  o.views ? SP_REDIAL_MEMBERSHIP : 0);
        if (code != ACCEPT_SESSION)
            return error(code);
        r.handle_.reset(handle);
        return r;
    }
    result<void> join(const std::string &group)
    {
        return detail::with(group, [this](const char *g) { return SP_redial_join(handle_.get(), g); });
    }
    result<void> leave(const std::string &group)
    {
        return detail::with(group, [this](const char *g) { return SP_redial_leave(handle_.get(), g); });
    }
    /* errc::illegal_session while it is lost: receive() gets it back. */
    result<void> send(service s, const std::string &group, std::string_view body, send_options o = {})
    {
        return connection::send_by(native(), s, group, body, o);
    }
    result<event> receive() { return receive_within(-1); }
    result<event> receive(std::chrono::milliseconds limit)
    {
        return receive_within(detail::milliseconds(limit));
    }
    /* -1 while it is lost, and another one afterwards. */
    descriptor native() const { return SP_redial_mailbox(handle_.get()); }
    std::string private_group() const { return SP_redial_private_group(handle_.get()); }

private:
    struct closer {
        void operator()(sp_redial *r) const { SP_redial_close(r); }
    };
    redialing() = default;
    result<event> receive_within(int ms)
    {
        if (!inbox_)
            return errc::illegal_session;
        int code = inbox_->fill([&](auto... a) { return SP_redial_receive(handle_.get(), a..., ms); });
        if (code < 0)
            return error(code);
        return inbox_->take();
    }
    std::unique_ptr<sp_redial, closer> handle_;
    std::unique_ptr<detail::inbox> inbox_{new detail::inbox};
};

} // namespace spread

#endif
