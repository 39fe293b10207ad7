"""Python's logging for the jobs of this benchmark: takes one JSON object and prints one JSON object."""

import json
import logging
import logging.handlers
import socket
import sys
import time
import tracemalloc

RECORDS = 100
CHUNK = 500


class JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "name": record.name,
            "message": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exc_text"] = self.formatException(record.exc_info)
        return json.dumps(line)


def text_formatter():
    return logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")


def logger_to(handler, level):
    logger = logging.getLogger("shop.orders")
    logger.propagate = False
    logger.setLevel(level)
    logger.addHandler(handler)
    return logger


def repeat(work, start, budget_ms, most, chunk=CHUNK):
    end = time.perf_counter() + budget_ms / 1000
    i = start
    while True:
        for _ in range(chunk):
            work(i)
            i += 1
        if time.perf_counter() >= end or i - start >= most:
            return i


def timed(job, work, chunk=CHUNK):
    warm = repeat(work, 0, job["warmMs"], job["mostLines"], chunk)
    before = time.process_time()
    total = repeat(work, warm, job["budgetMs"], job["mostLines"], chunk)
    return (time.process_time() - before) / (total - warm), total


def emit(job):
    handler = logging.FileHandler(job["file"])
    is_json = job["variant"].startswith("json")
    handler.setFormatter(JsonFormatter() if is_json else text_formatter())
    logger = logger_to(handler, logging.INFO)
    if is_json:
        def work(i):
            logger.info("order packed", extra={"fields": {"orderId": i, "user": "u-4711", "ms": 12.5}})
    else:
        def work(i):
            logger.info("order o-%d packed in %d ms", i, 12)
    seconds, total = timed(job, work)
    return {"value": seconds * 1e6, "lines": total}


def disabled(job):
    logger = logger_to(logging.NullHandler(), logging.INFO)
    seconds, _ = timed(job, lambda i: logger.debug("order %s step %d", "o-1", i))
    return {"value": seconds * 1e9}


class Units:
    """The recipe of Python's cookbook: a MemoryHandler before the file, which is cleared when the unit succeeds."""

    def __init__(self, job):
        self.file = logging.FileHandler(job["file"])
        self.file.setFormatter(JsonFormatter())
        self.memory = self.fresh()
        self.logger = logger_to(self.memory, logging.DEBUG)

    def fresh(self):
        return logging.handlers.MemoryHandler(10_000, logging.CRITICAL, self.file, flushOnClose=False)

    def fill(self):
        for i in range(RECORDS):
            self.logger.debug("order %s step %d", "o-1", i)

    def unit(self, failed):
        self.fill()
        if failed:
            try:
                raise ValueError("order lost")
            except ValueError:
                self.logger.exception("order lost")
            self.memory.flush()
        self.memory.buffer.clear()

    def hold(self):
        self.fill()
        held, self.memory.buffer = self.memory.buffer, []
        return held


def dropped(job):
    units = Units(job)
    seconds, _ = timed(job, lambda i: units.unit(False), 5)
    count = job["heldUnits"]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    held = [units.hold() for _ in range(count)]
    heap = tracemalloc.get_traced_memory()[0] - before
    return {"value": seconds * 1e9 / RECORDS, "heap": heap / (len(held) * RECORDS), "lines": 0}


def dumped(job):
    units = Units(job)
    job["mostLines"] //= RECORDS
    seconds, total = timed(job, lambda i: units.unit(True), 5)
    return {"value": seconds * 1e9 / RECORDS, "lines": total * (RECORDS + 1)}


def network_handler(job):
    address = (job["host"], job["port"])
    if job["variant"].startswith("syslog"):
        kind = socket.SOCK_DGRAM if job["kind"] == "udp" else socket.SOCK_STREAM
        return logging.handlers.SysLogHandler(address, socktype=kind)
    if job["variant"].startswith("pickles"):
        return logging.handlers.SocketHandler(*address)
    raise ValueError(job["variant"])


def network(job):
    handler = network_handler(job)
    logger = logger_to(handler, logging.INFO)
    records = job["networkRecords"]
    warm = -(-records // 10)
    for i in range(warm):
        logger.info("order o-%d packed in %d ms", i, 12)
    started_at = time.time() * 1000
    cpu, started = time.process_time(), time.perf_counter()
    for i in range(warm, warm + records):
        logger.info("order o-%d packed in %d ms", i, 12)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    handler.close()
    return {
        "value": seconds * 1e6 / records,
        "cpu": cpu_seconds * 1e6 / records,
        "lines": warm + records,
        "startedAt": started_at,
    }


def main():
    job = json.loads(sys.argv[1])
    sections = {"emit": emit, "disabled": disabled, "dropped": dropped, "dumped": dumped, "network": network}
    print(json.dumps(sections[job["section"]](job)))


main()
