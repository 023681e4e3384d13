# The two commands of the README are `make demo` and `make test`. What they need they install: Python packages into
# .venv, programs by apt-get where that is there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: install demo test test-kill test-chaos test-converge test-machines soak lint format docs bench bench-pairs clean programs-demo programs-test programs-vm test-vm

install: $(VENV)/.installed

# Both stamps follow pyproject.toml: a changed dependency is installed again. Bytecode is made as it is for any package
# that is installed: Python does not write it by itself where PYTHONDONTWRITEBYTECODE is set.
$(VENV)/.installed: pyproject.toml
	@.ci/programs venv
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	$(BIN)/python -m compileall -q vxlab
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

programs-demo:
	@.ci/programs ping

programs-test:
	@.ci/programs ip ping shellcheck sysctl tcpdump tshark

# The main job from end to end; whatever happens, the lab is taken down at the end. Root is asked for only where the
# machine lets nobody else have namespaces: vxlab doctor then says what forbids it.
demo: install programs-demo
	@set -e; root=; said=$$($(BIN)/vxlab doctor) || { echo "$$said"; root=--root; }; \
	vxlab() { echo; echo "\$$ vxlab $$*"; $(BIN)/vxlab $$root "$$@"; }; \
	trap 'vxlab down multicast' EXIT; trap 'exit 130' INT TERM; \
	vxlab up topologies/multicast.yaml; \
	vxlab exec h1 -- ping -c 2 h2; \
	vxlab verify multicast; \
	vxlab fdb multicast; \
	vxlab cheatsheet topologies/multicast.yaml

# Many tests wait, for an answer or for silence: six of them at once keep two cores busy.
test: $(VENV)/.installed-dev programs-test
	$(SUDO) $(BIN)/python -m pytest -n 6 --dist worksteal

$(VENV)/.installed-vm: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[vm]'
	@touch $@

programs-vm: $(VENV)/.installed-vm programs-test
	@.ci/programs busybox depmod qemu-system-x86_64 udevadm

# The tests of what this machine's kernel lacks, and a sample of the others, on Debian's kernel in a virtual machine
# (tests/bench.py says which). Half an hour, and the download of a kernel the first time; .ci/run
# runs a few of them. TESTS='tests/vm -k vrf' for fewer.
test-vm: programs-vm
	$(SUDO) $(BIN)/python -m tests.vm $(TESTS)

# Before a release, and after a change to verify, capture or the probes: every mode proved a hundred times in a row. Half
# an hour and more; VXLAB_SOAK=10 for fewer.
soak: $(VENV)/.installed-dev programs-test
	$(SUDO) env VXLAB_SOAK=$${VXLAB_SOAK:-100} $(BIN)/python -m pytest -n 2 --dist worksteal -m soak tests/kernel/test_soak.py

# After a change to what up and down do: killed before, and refused, each of their steps with each errno. A quarter of an hour.
test-kill: $(VENV)/.installed-dev programs-test
	$(SUDO) env VXLAB_EXHAUSTIVE=1 $(BIN)/python -m pytest -n 3 --dist worksteal -m 'kill or not kill' \
	    tests/kernel/test_kill.py tests/kernel/test_refused.py tests/kernel/test_machine.py

# After a change to plan or read: each library lab becomes each other one, and whatever an edit makes of it. Ten minutes.
test-converge: $(VENV)/.installed-dev programs-test
	$(SUDO) env VXLAB_EDITS=$${VXLAB_EDITS:-200} $(BIN)/python -m pytest -n 3 --dist worksteal -m 'converge or not converge' \
	    tests/kernel/test_convergence.py

# After a change to locks, records and what removes things: a dozen processes at twenty labs, five minutes and one.
test-chaos: $(VENV)/.installed-dev programs-test
	$(SUDO) env VXLAB_CHAOS=$${VXLAB_CHAOS:-300} $(BIN)/python -m pytest -m chaos -s tests/kernel/test_chaos.py

# After a change to vagrant/, or to what makes labs that span machines: vagrant/provision.sh in a fresh Debian tree, and
# three emulated machines that are one lab. Ten minutes, and 4 GB of memory.
test-machines: programs-vm
	@.ci/programs debootstrap
	$(SUDO) $(BIN)/python -m pytest -m machines -s tests/machines

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What is generated from the tables and the schema: the reference, and the JSON Schema beside the library.
docs: install
	$(BIN)/python tools/docs.py

$(VENV)/.installed-bench: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@

# A quarter of an hour on a machine that does nothing else: vxlab beside a bare-netlink floor, the script that it prints,
# and Mininet. Writes benchmarks/results and the README's table. BENCH='--only floor' for one figure; --help tells more.
bench: $(VENV)/.installed-bench
	@.ci/programs ip sysctl tshark
	@.ci/programs mn brctl || echo "Mininet will not be measured"
	$(BIN)/python -m compileall -q vxlab
	$(BIN)/python benchmarks/inspect_summary.py
	$(SUDO) $(BIN)/python -m benchmarks $(BENCH)

# Minutes; needs Mininet, which it installs.
bench-pairs: install
	@.ci/programs mn brctl
	$(SUDO) $(BIN)/python -m benchmarks.all_pairs

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
