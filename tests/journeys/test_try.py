from tests.browser import *
def test_try(page, plain_page, transactional_db):
    r = page.goto("/accounts/login/")
    assert r.status == 200
    print(page.evaluate("1+1"), page.evaluate("() => document.title"))
    from axe_playwright_python.base import AXE_SCRIPT
    page.evaluate(AXE_SCRIPT)
    print(page.evaluate("axe.run(document, {runOnly: {type:'tag', values:['wcag2a','best-practice']}})")["violations"])
    plain_page.goto("/accounts/login/")
    print(plain_page.evaluate("() => document.querySelector('h1').innerText"))
    print(User.objects.count())
