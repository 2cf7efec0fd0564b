"""Seeds are fixed by the job id and differ by purpose."""

from operations.jobs.seeds import generator, job_seed


def test_seeds() -> None:
    assert job_seed("a" * 32) == job_seed("a" * 32)
    assert 0 <= job_seed("b" * 32) < 2**31
    assert job_seed("a" * 32) != job_seed("b" * 32)


def test_generators_repeat_and_differ_by_purpose() -> None:
    draw = generator(5, "start").random(4)
    assert (draw == generator(5, "start").random(4)).all()
    assert (draw != generator(5, "velocities").random(4)).all()
    assert (draw != generator(6, "start").random(4)).all()
