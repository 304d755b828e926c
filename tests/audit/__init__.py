"""What programs from outside the virtual environment say of the product (`make audit`)."""
