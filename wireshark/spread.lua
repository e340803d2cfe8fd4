-- SPDX-License-Identifier: MIT
--
-- Dissectors for Wireshark and tshark (4.0 or later):
--
--   spread       clients and daemons, TCP port 4803: the handshake, and messages in the byte order of
--                either machine, in pieces or several in a segment
--   spread_ring  daemons among each other, UDP ports 4803 and 4804: the header of each packet, and the
--                bodies of DATA, RDATA and TOKEN, if the packet is not sealed
--
-- For one run: tshark -X lua_script:spread.lua ...; for good, copy it to the folder that
-- `tshark -G folders` names for personal Lua plugins. Other ports: "Decode As", or -d
-- tcp.port==4999,spread. Wireshark knows port 4803 as "notateit", and a protocol "dsp" that is another.
-- The bytes are described in docs/client-protocol.md and docs/daemon-protocol.md.

local client = Proto("spread", "Spread Client Protocol")
local ring = Proto("spread_ring", "Spread Daemon Protocol")

-- -- fields -------------------------------------------------------------------------------------

local services = {[1] = "UNRELIABLE", [2] = "RELIABLE", [4] = "FIFO", [8] = "CAUSAL", [16] = "AGREED", [32] = "SAFE"}
local codes = {[-3] = "REJECT_QUOTA", [-4] = "REJECT_NO_NAME", [-5] = "REJECT_ILLEGAL_NAME", [-6] = "REJECT_NOT_UNIQUE",
               [-7] = "REJECT_VERSION", [-9] = "REJECT_AUTH"}

local f = {
    kind = ProtoField.string("spread.kind", "Kind"),
    version = ProtoField.string("spread.version", "Version"),
    flags = ProtoField.uint8("spread.flags", "Flags", base.HEX),
    membership = ProtoField.bool("spread.flags.membership", "Wants membership notices", 8, nil, 0x01),
    priority = ProtoField.bool("spread.flags.priority", "Priority", 8, nil, 0x10),
    name = ProtoField.string("spread.private_name", "Private name"),
    methods = ProtoField.string("spread.auth.methods", "Methods allowed"),
    method = ProtoField.string("spread.auth.method", "Method chosen"),
    code = ProtoField.int8("spread.reject_code", "Refused", base.DEC, codes),
    private_group = ProtoField.string("spread.private_group", "Private group"),
    type = ProtoField.uint32("spread.type", "Type", base.HEX),
    order = ProtoField.string("spread.byte_order", "Byte order of the sender"),
    sender = ProtoField.string("spread.sender", "Sender, or group of a notice"),
    count = ProtoField.int32("spread.num_groups", "Number of groups"),
    mess_type = ProtoField.int16("spread.mess_type", "Type of the application"),
    length = ProtoField.int32("spread.data_len", "Length of the body"),
    old_type = ProtoField.uint32("spread.old_type", "Type that was refused", base.HEX),
    group = ProtoField.string("spread.group", "Group, or member"),
    data = ProtoField.bytes("spread.data", "Body"),
    gid = ProtoField.string("spread.group_id", "Id of the view"),
    sets = ProtoField.uint32("spread.vs_sets", "Number of vs sets"),
    own = ProtoField.uint32("spread.vs_own", "Offset of the receiver's own set"),
    members = ProtoField.uint32("spread.vs_members", "Members of this set"),
    vs_member = ProtoField.string("spread.vs_member", "Member of the set"),
}
for _, field in pairs(f) do client.fields[#client.fields + 1] = field end
local malformed = ProtoExpert.new("spread.malformed", "No message of Spread", expert.group.MALFORMED, expert.severity.ERROR)
client.experts = {malformed}

-- -- words in either byte order -----------------------------------------------------------------

-- Bits 7 and 31 of a word are set by a machine that writes the least significant byte first.
local function is_little(range) return bit.band(range:uint(), 0x80000080) ~= 0 end
local function word(range, little) return little and range:le_uint() or range:uint() end
local function signed(range, little) return little and range:le_int() or range:int() end
local function text(range) return range:stringz() end

-- -- messages -----------------------------------------------------------------------------------

local HEADER, NAME, MOST = 48, 32, 150000

-- Also a notice of very many members fits: only clients are bound to 100 groups.
local function shape(tvb, at)
    local marked = is_little(tvb(at, 4))
    local kind = bit.band(word(tvb(at, 4), marked), 0x7fffff7f)
    local named = kind -- a reject tells apart what it was
    local groups, len = signed(tvb(at + 36, 4), marked), signed(tvb(at + 44, 4), marked)
    if groups < 0 or len < 0 or groups > 1000000 or len > 64 * 1024 * 1024 then return nil end
    local reject = bit.band(kind, 0x400000) ~= 0
    if reject and tvb:len() >= at + HEADER + 4 then
        named = bit.band(word(tvb(at + HEADER, 4), marked), 0x7fffff7f)
    end
    return {little = marked, kind = kind, named = named, groups = groups, len = len, reject = reject,
            all = HEADER + (reject and 4 or 0) + groups * NAME + len}
end

local function kind_of(m)
    local function has(mask) return bit.band(m.named, mask) ~= 0 end
    local what
    if has(0x10000) or (m.reject and has(0x100)) then what = "join"
    elseif has(0x20000) or (m.reject and has(0x200)) then what = "leave"
    elseif has(0x40000) then what = "disconnect"
    elseif has(0x1000) then
        local cause = has(0x100) and "join" or has(0x200) and "leave" or has(0x400) and "disconnect" or "network"
        what = "membership, by " .. cause
    elseif has(0x2000) then what = "transitional signal"
    elseif has(0x200) then what = "left"
    else what = "message " .. (services[bit.band(m.named, 0x3f)] or "of no service") end
    return m.reject and "rejected " .. what or what
end

local function add_sets(tree, tvb, at, stop, count, little)
    for _ = 1, count do
        if at + 4 > stop then return end
        local n = word(tvb(at, 4), little)
        local set = tree:add(f.members, tvb(at, 4), n)
        at = at + 4
        for _ = 1, n do
            if at + NAME > stop then return end
            set:add(f.vs_member, tvb(at, NAME), text(tvb(at, NAME)))
            at = at + NAME
        end
    end
end

-- The daemon writes notices in its own order, as it does the header.
local function add_notice(tree, tvb, at, len, little, regular)
    if len < 12 then return end
    local function w(offset) return word(tvb(at + offset, 4), little) end
    tree:add(f.gid, tvb(at, 12), string.format("%d %d %d", w(0), w(4), w(8)))
    if not regular or len < 20 then return end
    tree:add(f.sets, tvb(at + 12, 4), w(12))
    tree:add(f.own, tvb(at + 16, 4), w(16))
    add_sets(tree, tvb, at + 20, at + len, w(12), little)
end

local function add_message(tree, tvb, at, m)
    local hint_little = is_little(tvb(at + 40, 4))
    local what = kind_of(m)
    local t = tree:add(client, tvb(at, m.all), "Spread: " .. what .. ", " .. text(tvb(at + 4, NAME)))
    t:add(f.kind, tvb(at, 4), what)
    t:add(f.type, tvb(at, 4), m.kind)
    t:add(f.order, tvb(at, 4), m.little and "little-endian" or "big-endian")
    t:add(f.sender, tvb(at + 4, NAME), text(tvb(at + 4, NAME)))
    t:add(f.count, tvb(at + 36, 4), m.groups)
    local hint = bit.rshift(bit.band(word(tvb(at + 40, 4), hint_little), 0x00ffff00), 8)
    t:add(f.mess_type, tvb(at + 40, 4), hint < 0x8000 and hint or hint - 0x10000)
    t:add(f.length, tvb(at + 44, 4), m.len)
    local next_at = at + HEADER
    if m.reject then
        t:add(f.old_type, tvb(next_at, 4), m.named)
        next_at = next_at + 4
    end
    for _ = 1, m.groups do
        t:add(f.group, tvb(next_at, NAME), text(tvb(next_at, NAME)))
        next_at = next_at + NAME
    end
    if m.len == 0 then return what end
    local notice = bit.band(m.kind, 0x3000) ~= 0 and not m.reject
    local body = t:add(f.data, tvb(next_at, m.len))
    if notice then add_notice(body, tvb, next_at, m.len, m.little, bit.band(m.kind, 0x1000) ~= 0) end
    return what
end

-- -- the handshake ------------------------------------------------------------------------------

-- Each of these returns how long the piece at at is and what comes next in that direction, or nil and
-- how many bytes are missing; it adds to tree when all of it is there.
local steps = {}

function steps.request(tree, tvb, at, left)
    if left < 5 then return nil, 5 - left end
    local major, minor = tvb(at, 1):uint(), tvb(at + 1, 1):uint()
    local patched = major > 3 or minor > 14
    local flags_at = at + (patched and 3 or 2)
    local n = tvb(flags_at + 1, 1):uint()
    local all = flags_at + 2 - at + n
    if left < all then return nil, all - left end
    local t = tree:add(client, tvb(at, all), "Spread: connect request")
    t:add(f.kind, tvb(at, all), "connect request")
    t:add(f.version, tvb(at, flags_at - at), major .. "." .. minor .. (patched and "." .. tvb(at + 2, 1):uint() or ""))
    local flags = t:add(f.flags, tvb(flags_at, 1))
    flags:add(f.membership, tvb(flags_at, 1))
    flags:add(f.priority, tvb(flags_at, 1))
    t:add(f.name, tvb(flags_at + 2, n), n > 0 and tvb(flags_at + 2, n):string() or "")
    local asks = major > 3 or minor > 15
    return all, asks and "choice" or "message", "connect request"
end

local function refused(tree, tvb, at)
    local t = tree:add(client, tvb(at, 1), "Spread: refused")
    t:add(f.kind, tvb(at, 1), "refused")
    t:add(f.code, tvb(at, 1))
    return 1, "message", "refused"
end

function steps.methods(tree, tvb, at, left)
    local n = tvb(at, 1):uint()
    if n >= 0x80 then return refused(tree, tvb, at) end
    if left < 1 + n then return nil, 1 + n - left end
    local t = tree:add(client, tvb(at, 1 + n), "Spread: methods of authentication")
    t:add(f.kind, tvb(at, 1 + n), "methods")
    t:add(f.methods, tvb(at + 1, n), n > 0 and tvb(at + 1, n):string() or "")
    return 1 + n, "result", "methods"
end

function steps.choice(tree, tvb, at, left)
    if left < 90 then return nil, 90 - left end
    local t = tree:add(client, tvb(at, 90), "Spread: choice of methods")
    t:add(f.kind, tvb(at, 90), "choice")
    for slot = 0, 2 do
        local name = text(tvb(at + 30 * slot, 30))
        if name ~= "" then t:add(f.method, tvb(at + 30 * slot, 30), name) end
    end
    return 90, "message", "choice"
end

function steps.result(tree, tvb, at, left)
    if tvb(at, 1):uint() >= 0x80 then return refused(tree, tvb, at) end
    if left < 5 then return nil, 5 - left end
    local n = tvb(at + 4, 1):uint()
    if left < 5 + n then return nil, 5 + n - left end
    local t = tree:add(client, tvb(at, 5 + n), "Spread: accepted")
    t:add(f.kind, tvb(at, 5 + n), "accepted")
    t:add(f.version, tvb(at + 1, 3), string.format("%d.%d.%d", tvb(at + 1, 1):uint(), tvb(at + 2, 1):uint(), tvb(at + 3, 1):uint()))
    t:add(f.private_group, tvb(at + 5, n), n > 0 and tvb(at + 5, n):string() or "")
    return 5 + n, "message", "accepted"
end

function steps.message(tree, tvb, at, left)
    if left < HEADER then return nil, HEADER - left end
    local m = shape(tvb, at)
    if not m then
        tree:add(client, tvb(at, left), "Spread: no message"):add_proto_expert_info(malformed)
        return left, "message", "malformed"
    end
    if left < m.all then return nil, m.all - left end
    return m.all, "message", add_message(tree, tvb, at, m)
end

-- -- streams ------------------------------------------------------------------------------------

-- What comes next in each direction while packets are read in order, and what was found to stand at
-- each place, for when they are looked at again.
local coming, found
function client.init() coming, found = {}, {} end

local stream_of = Field.new("tcp.stream")

local function begins(tvb, from_server)
    if from_server then return tvb(0, 1):uint() < 0x80 and tvb:len() < HEADER and "methods" or
                               (tvb(0, 1):uint() >= 0xf0 and tvb:len() == 1) and "methods" or "message" end
    local major = tvb(0, 1):uint()
    return major >= 3 and major <= 9 and tvb:len() <= 105 and "request" or "message"
end

function client.dissector(tvb, pinfo, tree)
    local from_server = pinfo.src_port == pinfo.match_uint
    local stream = stream_of().value .. (from_server and ">" or "<")
    local at, infos = 0, {}
    pinfo.cols.protocol = "Spread"
    if tvb:len() > 0 and tvb(0, 1):uint() == 0x16 and not coming[stream] then return 0 end -- TLS
    while at < tvb:len() do
        -- A packet that ends one message and begins the next comes as two pieces.
        local place = table.concat({pinfo.number, tvb:offset(), tvb:len(), at, stream}, ":")
        local step = found[place] or coming[stream] or begins(tvb, from_server)
        local used, follows, info = steps[step](tree, tvb, at, tvb:len() - at)
        if not used then
            pinfo.desegment_offset, pinfo.desegment_len = at, follows
            break
        end
        if not found[place] then found[place], coming[stream] = step, follows end
        infos[#infos + 1] = info
        at = at + used
    end
    if #infos > 0 then pinfo.cols.info = table.concat(infos, ", ") end
    return tvb:len()
end

DissectorTable.get("tcp.port"):add(4803, client)

-- -- daemons ------------------------------------------------------------------------------------

local types = {"DATA", "RDATA", "TOKEN", "TOKACK", "HURRY", "SUSPECT", "LEAVE", "ALIVE", "JOIN", "REFER", "PROBE",
               "PREPARE", "READY", "HOPCHK", "PROPOSE", "ACCEPT", "REFUSE", "COMMIT", "RNACK", "RECOVERED", "INSTALL",
               "ABORT"}
local r = {
    version = ProtoField.uint8("spread_ring.version", "Version"),
    type = ProtoField.uint8("spread_ring.type", "Type", base.DEC, types),
    flags = ProtoField.uint8("spread_ring.flags", "Flags", base.HEX),
    key = ProtoField.uint8("spread_ring.key_id", "Key"),
    sender = ProtoField.uint16("spread_ring.sender", "Sender"),
    hash = ProtoField.uint32("spread_ring.hash", "Configuration", base.DEC),
    incarnation = ProtoField.uint64("spread_ring.incarnation", "Life of the sender", base.HEX),
    counter = ProtoField.uint64("spread_ring.counter", "Counter"),
    length = ProtoField.uint16("spread_ring.body_len", "Length of the body"),
    receiver = ProtoField.uint16("spread_ring.receiver", "Receiver"),
    body = ProtoField.bytes("spread_ring.body", "Body"),
    sealed = ProtoField.bytes("spread_ring.sealed", "Sealed body"),
    tag = ProtoField.bytes("spread_ring.tag", "Tag of the seal"),
    epoch = ProtoField.uint64("spread_ring.ring.epoch", "Epoch of the ring"),
    nonce = ProtoField.uint32("spread_ring.ring.nonce", "Nonce of the ring", base.HEX),
    leader = ProtoField.uint16("spread_ring.ring.leader", "Leader"),
    hop = ProtoField.uint64("spread_ring.hop", "Hop of the token"),
    round = ProtoField.uint32("spread_ring.round", "Round of the token"),
    seq = ProtoField.uint64("spread_ring.seq", "Seq"),
    aru = ProtoField.uint64("spread_ring.aru", "Aru"),
    backlog = ProtoField.uint32("spread_ring.backlog", "Backlog"),
    requests = ProtoField.uint16("spread_ring.requests", "Requests"),
    tag8 = ProtoField.uint64("spread_ring.ring.tag", "Tag of the ring", base.HEX),
    parts = ProtoField.uint8("spread_ring.parts", "Parts of messages"),
}
for _, field in pairs(r) do ring.fields[#ring.fields + 1] = field end

local bodies = {}

function bodies.TOKEN(t, body)
    if body:len() < 60 then return end
    t:add(r.epoch, body(0, 8)); t:add(r.nonce, body(8, 4)); t:add(r.leader, body(12, 2))
    t:add(r.hop, body(14, 8)); t:add(r.round, body(22, 4))
    t:add(r.seq, body(28, 8)); t:add(r.aru, body(36, 8))
    t:add(r.backlog, body(54, 4)); t:add(r.requests, body(58, 2))
    return string.format(" seq %s, aru %s", body(28, 8):uint64(), body(36, 8):uint64())
end

function bodies.DATA(t, body)
    if body:len() < 28 then return end
    t:add(r.tag8, body(0, 8)); t:add(r.seq, body(8, 8)); t:add(r.parts, body(25, 1))
    return string.format(" %s", body(8, 8):uint64())
end
bodies.RDATA = bodies.DATA

function ring.dissector(tvb, pinfo, tree)
    if tvb:len() < 32 or tvb(0, 2):uint() ~= 0x5352 then return 0 end
    local key, len = tvb(5, 1):uint(), tvb(28, 2):uint()
    if tvb:len() ~= 32 + len + (key > 0 and 16 or 0) then return 0 end
    local name = types[tvb(3, 1):uint()] or "?"
    local t = tree:add(ring, tvb(), "Spread daemon: " .. name)
    t:add(r.version, tvb(2, 1)); t:add(r.type, tvb(3, 1)); t:add(r.flags, tvb(4, 1)); t:add(r.key, tvb(5, 1))
    t:add(r.sender, tvb(6, 2)); t:add(r.hash, tvb(8, 4)); t:add(r.incarnation, tvb(12, 8)); t:add(r.counter, tvb(20, 8))
    t:add(r.length, tvb(28, 2)); t:add(r.receiver, tvb(30, 2))
    local more = ""
    if key > 0 then
        if len > 0 then t:add(r.sealed, tvb(32, len)) end
        t:add(r.tag, tvb(32 + len, 16))
        more = " (sealed)"
    elseif len > 0 then
        local body = t:add(r.body, tvb(32, len))
        more = bodies[name] and bodies[name](body, tvb(32, len):tvb()) or ""
    end
    pinfo.cols.protocol = "Spread ring"
    pinfo.cols.info = name .. more .. " of " .. tvb(6, 2):uint()
    return tvb:len()
end

for _, port in ipairs({4803, 4804}) do DissectorTable.get("udp.port"):add(port, ring) end
