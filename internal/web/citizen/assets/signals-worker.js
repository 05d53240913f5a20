// Shows that something waits, when the maker's service says so. It sees no page
// and asks for nothing; whatever a signal carried, it would not be looked at.

const notice = new URL(self.location.href).searchParams.get("notice");

self.addEventListener("push", (event) => {
  event.waitUntil(self.registration.showNotification("netid", { body: notice, tag: "netid" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/children"));
});
