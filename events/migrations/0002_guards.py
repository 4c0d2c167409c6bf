"""The places that are taken are counted by the database, in the statement that takes them or gives them back."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION events_count_places() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before integer := 0;
    after integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'going' THEN before := OLD.party_size; END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'going' THEN after := NEW.party_size; END IF;
    IF TG_OP = 'UPDATE' AND OLD.event_id <> NEW.event_id THEN
        RAISE EXCEPTION 'an answer belongs to one event'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'rsvp_of_one_event';
    END IF;
    IF before <> after THEN
        UPDATE events_event SET taken = taken + after - before
            WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.event_id ELSE NEW.event_id END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rsvp_counts_places AFTER INSERT OR DELETE OR UPDATE OF state, party_size, event_id ON events_rsvp
    FOR EACH ROW EXECUTE FUNCTION events_count_places();

-- Only that trigger writes the number: whoever saves an event that they read before keeps it as it is now.
CREATE FUNCTION events_keep_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.taken := 0;
    ELSIF pg_trigger_depth() = 1 THEN
        NEW.taken := OLD.taken;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_keeps_taken BEFORE INSERT OR UPDATE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_keep_taken();
"""
NO_GUARDS = """
DROP TRIGGER event_keeps_taken ON events_event;
DROP FUNCTION events_keep_taken();
DROP TRIGGER rsvp_counts_places ON events_rsvp;
DROP FUNCTION events_count_places();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [migrations.RunSQL(GUARDS, NO_GUARDS)]
