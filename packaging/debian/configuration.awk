# Makes the package's /etc/breakerd/breakerd.yaml of docs/breakerd.example.yaml: every key commented out, save
# those that the service relies on. Without "# " at its head a commented line is what it was.
#
# A section begins with its key at the margin; the lines below it that are indented belong to it.

/^[^# ]/ { kept = /^(unix_socket|database):/ }
/^#/ || /^$/ { print; next }
kept { print; next }
{ print "# " $0 }
