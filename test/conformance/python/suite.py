"""A plugin of pytest for tests that source distributions carry.

The SDK ends the process with the Actor, except in IPython and in Scrapy, which
is among the packages that its tests are run with.
"""

import builtins

builtins.__IPYTHON__ = True
