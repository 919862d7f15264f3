VAR = own
file:
	echo $(VAR) > $@
