import pytest, random
from tests.affiliates.test_map_browser import open_map
from tests.factories import make_group
from affiliates.models import Group
pytestmark = [pytest.mark.django_db(transaction=True)]
def test_shots(new_context):
    from foundation.places.models import ZipCode
    zips=list(ZipCode.objects.filter(latitude__isnull=False).values_list('code',flat=True).order_by('code'))
    random.seed(4)
    for z in random.choices(zips,k=700): make_group(near=z)
    for scheme in ('light','dark'):
        p=new_context(color_scheme=scheme,viewport={'width':1280,'height':900}).new_page()
        open_map(p); p.wait_for_timeout(600); p.screenshot(path=f'/tmp/w/m-desk-{scheme}.png')
        open_map(p,'?near=02139'); p.wait_for_timeout(600); p.locator('.map-group').first.click(force=True); p.wait_for_timeout(400); p.screenshot(path=f'/tmp/w/m-near-{scheme}.png')
        p=new_context(color_scheme=scheme).new_page()
        open_map(p,'?near=10001'); p.wait_for_timeout(600); p.screenshot(path=f'/tmp/w/m-phone-{scheme}.png')
    p=new_context(java_script_enabled=False,viewport={'width':1280,'height':900}).new_page()
    p.goto('/groups/map/'); p.wait_for_timeout(800); p.screenshot(path='/tmp/w/m-nojs.png')
    p=new_context(java_script_enabled=False).new_page()
    p.goto('/groups/map/?near=10001'); p.wait_for_timeout(800); p.screenshot(path='/tmp/w/m-nojs-phone.png',full_page=True)
