/* SPDX-License-Identifier: MIT
 *
 * spread_flush.hpp - the flush layer for C++17, beside spread.hpp: virtual synchrony among the members
 * of a group. Link with -lspread. What it promises is told by fl.h and FL_flush(3).
 */
#ifndef SPREAD_FLUSH_HPP
#define SPREAD_FLUSH_HPP

#include "fl.h"
#include "spread.hpp"

namespace spread {

/* Errors of this layer, besides those of errc. */
namespace flush_errc {
inline constexpr error illegal_parameter{ILLEGAL_PARAM};
inline constexpr error would_block{WOULD_BLOCK};           /* there is no message now */
inline constexpr error illegal_type{ILLEGAL_MESSAGE_TYPE}; /* the layer keeps it for itself */
inline constexpr error illegal_state{ILLEGAL_STATE}; /* flushed, and no view since; or none to answer */
inline constexpr error illegal_receivers{ILLEGAL_RECEIVERS}; /* one was no member of the view */
} // namespace flush_errc

/* Whether the view may change: flush() says yes. */
struct flush_request {
    std::string group;
};

/* To some members of its group alone. */
struct some_message : message {
    std::vector<std::string> receivers;
};

/* A view that the network has caused has one set here: those who came along with us. */
using flush_event = std::variant<message, view, transitional, left, flush_request, some_message>;

namespace detail {

class flush_inbox : public inbox {
public:
    result<flush_event> take() const
    {
        if (Is_flush_req_mess(service_))
            return flush_event(flush_request{text_of(sender_)});
        if (Is_reg_memb_mess(service_)) {
            view v = view_without_sets();
            return take_names(v) ? result<flush_event>(std::move(v)) : errc::illegal_message;
        }
        event e = take_other();
        message *m = std::get_if<message>(&e);
        if (m && Is_subgroup_mess(service_) && count_ > 0)
            return flush_event(take_some(std::move(*m)));
        return std::visit([](auto &&one) { return flush_event(std::move(one)); }, std::move(e));
    }

private:
    /* Of the groups the last one is the group, the others its receivers. */
    static some_message take_some(message &&m)
    {
        some_message s;
        static_cast<message &>(s) = std::move(m);
        s.receivers.assign(s.groups.begin(), s.groups.end() - 1);
        s.groups.erase(s.groups.begin(), s.groups.end() - 1);
        return s;
    }

    /* The number of names in our byte order, and the names: who joined or left, or came along. */
    bool take_names(view &v) const
    {
        auto at = static_cast<std::size_t>(FL_get_num_vs_offset_memb_mess());
        auto first = static_cast<std::size_t>(FL_get_vs_set_offset_memb_mess());
        unsigned count = 0;
        if (len_ < first || len_ < at + sizeof count)
            return false;
        std::memcpy(&count, &body_[at], sizeof count);
        if (count > (len_ - first) / MAX_GROUP_NAME)
            return false;
        std::vector<std::string> all;
        for (unsigned i = 0; i < count; i++) {
            const char *name = body_.data() + first + i * std::size_t{MAX_GROUP_NAME};
            all.emplace_back(name, ::strnlen(name, MAX_GROUP_NAME));
        }
        if (v.cause == cause::network)
            v.sets.push_back(std::move(all));
        else if (!all.empty())
            v.changed = std::move(all[0]);
        return true;
    }
};

} // namespace detail

/* Virtual synchrony: messages come in the view they were sent in, and a view changes when every member
 * has answered its flush request. Between flush() and the next view there is no sending. */
class flush_connection {
public:
    static result<flush_connection> open(const std::string &address, const std::string &name = {})
    {
        detail::field self = {};
        ::mailbox mbox;
        int code = FL_connect(address.c_str(), name.c_str(), 0, &mbox, self);
        if (code != ACCEPT_SESSION)
            return error(code);
        flush_connection c;
        c.mbox_.set(mbox);
        c.private_group_ = detail::text_of(self);
        return c;
    }
    flush_connection(flush_connection &&) = default;
    flush_connection &operator=(flush_connection &&) = default; /* what this was ends with from */
    ~flush_connection() { close(); }
    void close()
    {
        if (::mailbox mbox = mbox_.take(); mbox >= 0)
            FL_disconnect(mbox);
    }

    descriptor native() const noexcept { return mbox_; }
    const std::string &private_group() const noexcept { return private_group_; }

    result<void> join(const std::string &group)
    {
        return detail::with(group, [this](const char *g) { return FL_join(mbox_, g); });
    }
    result<void> leave(const std::string &group)
    {
        return detail::with(group, [this](const char *g) { return FL_leave(mbox_, g); });
    }
    result<void> flush(const std::string &group)
    {
        return detail::with(group, [this](const char *g) { return FL_flush(mbox_, g); });
    }
    result<void> send(service s, const std::string &group, std::string_view body, send_options o = {})
    {
        if (!detail::is_name(group))
            return errc::illegal_group;
        if (body.size() > INT_MAX)
            return errc::too_long;
        return detail::done(FL_multicast(mbox_, word(s, o), group.c_str(), o.type,
                                         static_cast<int>(body.size()), body.data()));
    }
    /* To some members of the group, by their names in the view. */
    result<void> send_to(const std::vector<std::string> &receivers, service s, const std::string &group,
                         std::string_view body, send_options o = {})
    {
        if (!detail::is_name(group) || !detail::are_names(receivers))
            return errc::illegal_group;
        if (body.size() > INT_MAX)
            return errc::too_long;
        auto fields = detail::fields_of(receivers);
        return detail::done(FL_subgroupcast(mbox_, word(s, o), group.c_str(),
                                            static_cast<int>(receivers.size()), fields.get(), o.type,
                                            static_cast<int>(body.size()), body.data()));
    }
    result<flush_event> receive() { return receive_by(0); }
    /* flush_errc::would_block if there is nothing now, though the descriptor was readable. */
    result<flush_event> try_receive() { return receive_by(DONT_BLOCK); }
    /* Messages that wait in the library, of which the descriptor shows nothing. */
    int waiting() const { return FL_more_msgs(mbox_); }

private:
    flush_connection() = default;
    static int word(service s, send_options o) { return static_cast<int>(s) | (o.to_self ? 0 : SELF_DISCARD); }
    result<flush_event> receive_by(int flags)
    {
        int more;
        if (!inbox_)
            return errc::illegal_session;
        int code = inbox_->fill([&](int *type, auto... a) {
            *type = flags;
            return FL_receive(mbox_, type, a..., &more);
        });
        return code < 0 ? result<flush_event>(error(code)) : inbox_->take();
    }
    detail::handle mbox_;
    std::string private_group_;
    std::unique_ptr<detail::flush_inbox> inbox_{new detail::flush_inbox};
};

} // namespace spread

#endif
