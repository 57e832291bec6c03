# Runs a command for as long as standard input stays open: whoever started it holds the other end, and the
# kernel closes that when the holder dies, in whatever way. The command's process id goes to the file $1.
pid_file=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
command=$!
echo "$command" >"$pid_file"
cat <&3 >/dev/null &
watch=$!
exec 3<&- </dev/null
wait -n "$command" "$watch"
kill -TERM "$watch" "$command" 2>/dev/null
wait "$command"
