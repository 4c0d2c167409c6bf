// allauth's passkey script only writes to the console when a prompt is stopped; say it on the page too.
document.addEventListener('allauth.error', (event) => {
  const trouble = document.getElementById('passkey_trouble')
  if (trouble) {
    trouble.hidden = false
    event.preventDefault()
  }
})
