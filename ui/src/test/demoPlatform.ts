import { type FakePlatform, fakePlatform } from "../platform/fake";
export function demoPlatform(_options: URLSearchParams): FakePlatform {
  return fakePlatform({});
}
