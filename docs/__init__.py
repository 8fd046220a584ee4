"""The documentation: pages to be read, and in one folder what makes a site of them."""
