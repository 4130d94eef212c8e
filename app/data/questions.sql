-- The classic questions of an investigation. Each runs unchanged on the embedded store and on every SQL database that
-- an output fills: names are those of Microsoft in lower case, times are UTC. A question is a line of its name, a line of
-- what it answers, what it asks for with an example, and the query, in which :name stands for the answer.

-- question user
-- Everything a user did
-- who ann@contoso.com
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select creationtime, workload, operation, outcome, clientaddress, objectid, itemname, id
from activity
where lower(userid) = lower(:who) and creationtime >= :from and creationtime < :to
order by creationtime, id

-- question address
-- Everything from an address
-- address 203.0.113.7
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select creationtime, userid, workload, operation, outcome, objectid, itemname, id
from activity
where clientaddress = :address and creationtime >= :from and creationtime < :to
order by creationtime, id

-- question document
-- Everything that happened to a document, by a part of its path or name; % stands for any letters
-- document %budget.xlsx
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select creationtime, userid, operation, outcome, clientaddress, objectid, id
from activity
where workload in ('SharePoint', 'OneDrive') and lower(objectid) like lower(:document)
  and creationtime >= :from and creationtime < :to
order by creationtime, id

-- question session
-- Everything in a sign-in session
-- session 001c7f4a-1111-2222-3333-444455556666
select creationtime, userid, workload, operation, outcome, clientaddress, objectid, id
from activity
where sessionid = :session
order by creationtime, id

-- question workload
-- What happened in a span of time, by workload and operation
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select workload, operation, count(*) as events, count(distinct userid) as users
from activity
where creationtime >= :from and creationtime < :to
group by workload, operation
order by events desc, workload, operation

-- question rules
-- Inbox rules and forwarding, who made them, and from where
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select creationtime, userid, operation, outcome, clientaddress, objectid, id
from activity
where operation in ('New-InboxRule', 'Set-InboxRule', 'UpdateInboxRules', 'Set-Mailbox', 'New-TransportRule', 'Set-TransportRule')
  and creationtime >= :from and creationtime < :to
order by creationtime, id

-- question sign-ins
-- Sign-ins that failed, by user and address
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select userid, clientaddress, count(*) as failures, min(creationtime) as first_seen, max(creationtime) as last_seen
from activity
where operation = 'UserLoginFailed' and creationtime >= :from and creationtime < :to
group by userid, clientaddress
order by failures desc, userid, clientaddress

-- question mailbox
-- Who opened, sent from or deleted in a mailbox that is not theirs
-- mailbox ann@contoso.com
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select creationtime, userid, logontypename, operation, outcome, clientaddress, itemname, id
from events
where lower(mailboxownerupn) = lower(:mailbox) and lower(userid) <> lower(mailboxownerupn)
  and creationtime >= :from and creationtime < :to
order by creationtime, id

-- question sharing
-- What was shared, with whom and by whom
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select creationtime, userid, operation, objectid, targetuserorgroupname, targetuserorgrouptype, id
from sharepointsharingoperation
where creationtime >= :from and creationtime < :to
order by creationtime, id

-- question consents
-- Consents to applications, new credentials and roles given
-- from 2026-01-01 00:00:00
-- to 2026-02-01 00:00:00
select creationtime, userid, operation, outcome, clientaddress, objectid, id
from activity
where workload = 'AzureActiveDirectory'
  and (lower(operation) like '%consent%' or lower(operation) like '%role%' or lower(operation) like '%credential%')
  and creationtime >= :from and creationtime < :to
order by creationtime, id
