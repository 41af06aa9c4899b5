// Posts what Telegram put in the fragment of this page's address, which no request carries.
'use strict';
const initData = new URLSearchParams(location.hash.slice(1)).get('tgWebAppData');
history.replaceState(null, '', location.pathname);
if (initData) {
  const form = document.getElementById('mini-app');
  form.elements.init_data.value = initData;
  form.submit();
}
