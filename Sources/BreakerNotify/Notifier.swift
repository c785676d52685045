// Messages about transitions, for people: to a chat channel, a pager, or any address that takes JSON.

import AsyncHTTPClient
import BreakerServer
