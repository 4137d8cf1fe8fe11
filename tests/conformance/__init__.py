"""What real ECR is documented to answer, as small probes that run against AWS or the sandbox.

`python -m conformance --account ID --region REGION` with `tests` on the Python path; see
CONTRIBUTING.md, "Conformance with AWS".
"""
