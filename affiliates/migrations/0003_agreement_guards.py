"""What is published or signed does not change, and what happened stays: the database sees to it."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION affiliates_template_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'published' AND (TG_OP = 'DELETE'
        OR (OLD.version, OLD.state, OLD.texts, OLD.binding_language, OLD.sha256, OLD.published_at)
            IS DISTINCT FROM (NEW.version, NEW.state, NEW.texts, NEW.binding_language, NEW.sha256, NEW.published_at))
    THEN
        RAISE EXCEPTION 'a published agreement does not change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'agreementtemplate_frozen';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreementtemplate_frozen BEFORE UPDATE OR DELETE ON affiliates_agreementtemplate
    FOR EACH ROW EXECUTE FUNCTION affiliates_template_frozen();

CREATE FUNCTION affiliates_agreement_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.reference, OLD.group_id, OLD.template_id, OLD.language)
            IS DISTINCT FROM (NEW.reference, NEW.group_id, NEW.template_id, NEW.language)
        OR OLD.pdf IS NOT NULL AND (OLD.pdf, OLD.pdf_sha256) IS DISTINCT FROM (NEW.pdf, NEW.pdf_sha256)
        OR OLD.signed_at IS NOT NULL
            AND ((OLD.signed_at, OLD.signed_name, OLD.signed_title, OLD.understood_at)
                IS DISTINCT FROM (NEW.signed_at, NEW.signed_name, NEW.signed_title, NEW.understood_at)
                -- A login may be deleted.
                OR NEW.signed_by_id IS DISTINCT FROM OLD.signed_by_id AND NEW.signed_by_id IS NOT NULL)
        OR OLD.sealed_at IS NOT NULL
            AND (OLD.sealed_at, OLD.sealed_pdf, OLD.sealed_sha256, OLD.certificate_pdf)
                IS DISTINCT FROM (NEW.sealed_at, NEW.sealed_pdf, NEW.sealed_sha256, NEW.certificate_pdf)
    THEN
        RAISE EXCEPTION 'what was shown, signed or sealed does not change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'agreement_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_fixed BEFORE UPDATE OR DELETE ON affiliates_agreement
    FOR EACH ROW EXECUTE FUNCTION affiliates_agreement_fixed();

CREATE FUNCTION affiliates_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to an agreement is only added to'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'agreementevent_append_only';
END $$;
CREATE TRIGGER agreementevent_append_only BEFORE UPDATE OR DELETE ON affiliates_agreementevent
    FOR EACH ROW EXECUTE FUNCTION affiliates_event_kept();
"""
NO_GUARDS = """
DROP TRIGGER agreementevent_append_only ON affiliates_agreementevent;
DROP FUNCTION affiliates_event_kept();
DROP TRIGGER agreement_fixed ON affiliates_agreement;
DROP FUNCTION affiliates_agreement_fixed();
DROP TRIGGER agreementtemplate_frozen ON affiliates_agreementtemplate;
DROP FUNCTION affiliates_template_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("affiliates", "0002_agreements")]
    operations = [migrations.RunSQL(GUARDS, NO_GUARDS)]
